"""Models of the user, as ONNX files."""
