"""The live view: the frames of a camera through a run and back to the browser."""
