"""Where frames go: picture files, video files and windows."""
