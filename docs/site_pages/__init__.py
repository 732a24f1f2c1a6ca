"""What the site needs beside Sphinx: links that leave docs/, and pages that are made of the package itself."""
