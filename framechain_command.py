"""The installed command `framechain`. It lies outside the package, so that Ctrl-C during its imports ends quietly."""

import sys
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line and exit."""
    try:
        from framechain.cli.program import leave, main
    except KeyboardInterrupt:
        sys.exit(130)
    leave(main())
