"""What notebooks show, as HTML that needs no script: pictures, tables, before and after."""
