"""Where frames come from: pictures, videos and cameras."""
