"""Models in .tflite files: the files that ship in the package, the interpreter, and frames as models read them."""
