"""A clip in which no face can be recognised: look at all of it first, then cover, and report what was done."""
