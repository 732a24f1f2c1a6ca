"""Where frames go: image and video files, recordings, streams, virtual cameras and windows."""
