"""Files that a visitor drops on the page: uploaded, processed, given back."""
