"""What several test modules share: media, cameras, servers, screens, processes."""
