"""The command line: `python main.py clip.mp4`, see `python main.py --help`."""

import sys

from framechain.cli import frame_rate, main, segmentation

if __name__ == "__main__":
    # The objects that every frame passes, in order. Add a function (options) -> object of your own.
    sys.exit(main(parts=[segmentation, frame_rate]))
