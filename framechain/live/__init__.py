"""The window session: keys, help, trackbars, snapshots, recording, and where live frames go."""
