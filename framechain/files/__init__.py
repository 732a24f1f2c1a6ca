"""Paths, stores, and outputs that appear complete or not at all."""
