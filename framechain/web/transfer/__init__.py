"""Files on their way from and to browsers, and what they are called."""
