"""The command line: `python main.py clip.mp4`, see `python main.py --help`."""

import sys

try:
    from framechain.cli.builders import make_frame_rate, make_replacement
    from framechain.cli.program import leave, main
except KeyboardInterrupt:  # The imports take a moment.
    sys.exit(130)

if __name__ == "__main__":
    # The objects that every frame passes, in order. Add a function (options) -> object of your own.
    leave(main(parts=[make_replacement, make_frame_rate]))
