"""What is left when the screen of a window goes: Qt ends the process, but the recording is finished before."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from ..threads.native_exit import called_at_native_exit

if TYPE_CHECKING:
    from .outputs import LiveOutputs


def finishing_if_screen_is_lost(outputs: LiveOutputs | None) -> contextlib.AbstractContextManager[None]:
    """Return a context in which outputs are finished, and named on stderr, if the window's server ends the program.

    Args:
        outputs: The outputs of a live run; None if there are none.
    """

    def finish() -> None:
        made = ""
        if outputs is not None:
            with contextlib.suppress(Exception):  # The sentence is what matters now.
                outputs.abort()
            made = outputs.describe_recordings()
        screen = os.environ.get("DISPLAY", "")
        problem = f"the screen {screen} has gone, or has ended this program's connection to it"
        with contextlib.suppress(AttributeError, OSError, ValueError):
            sys.stdout.flush()
            print(f"framechain: {problem}{made}", file=sys.stderr, flush=True)

    return called_at_native_exit(finish)
