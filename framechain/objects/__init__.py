"""Objects for the chain that ship with the package."""
