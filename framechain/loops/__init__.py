"""What a program has in a loop of its own: frames to read, frames to write."""
