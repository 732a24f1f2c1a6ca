"""Alpha shaping and compositing of one plane (or BGR image) with an alpha of its size."""
