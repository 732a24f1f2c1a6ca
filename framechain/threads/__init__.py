"""Bounded queues and worker threads: everything that waits for another thread."""
