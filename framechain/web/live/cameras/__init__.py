"""Where the images of a session come from: a browser, or the camera of the server that sessions share."""
