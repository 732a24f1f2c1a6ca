"""One run: source, chain, sinks and window from the first frame to the result."""
