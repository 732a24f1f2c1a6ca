"""Everything that touches FFmpeg or an image codec: opening, safety limits, containers, audio, time stamps."""
