"""Files: images, videos, recordings, and what encodes them."""
