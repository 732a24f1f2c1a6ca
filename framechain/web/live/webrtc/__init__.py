"""WebRTC: the connection to one browser."""
