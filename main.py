"""The command line: `python main.py clip.mp4`, see `python main.py --help`."""

import sys

from framechain.cli import main
from framechain.parts import frame_rate, replacement

if __name__ == "__main__":
    # The objects that every frame passes, in order. Add a function (options) -> object of your own.
    sys.exit(main(parts=[replacement, frame_rate]))
