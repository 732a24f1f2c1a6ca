"""What every layer uses: checks of arguments, numbers to tune, times as text, warnings, lazy imports."""
