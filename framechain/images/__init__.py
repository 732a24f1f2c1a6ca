"""Image files: headers, reading, damage, writing."""
