"""Images and YUV planes as arrays: colour spaces, conversion, scaling, text. No files."""
