"""`framechain serve`: from the command line to the page."""
