"""One long film in segments, each made for itself, and joined without being encoded again."""
