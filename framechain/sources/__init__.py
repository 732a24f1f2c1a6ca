"""Where frames come from: images, videos and cameras."""
