"""The audio of live sources: its packets, its clock, and how outputs write it."""
