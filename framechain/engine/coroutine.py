"""A run in an event loop: in a thread of its own, ended when its task is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..basics.warner import warning_here

Answer = TypeVar("Answer")

# A cancelled run is asked this often to end: a request that comes before it has begun may be lost.
_ASK_AGAIN_SECONDS = 0.1


async def run_in_thread(run: Callable[[], Answer], cancel: Callable[[], object]) -> Answer:
    """Call a function in a thread of its own, which leaves the loop's usual threads to others.

    Args:
        run: The function; it sees the task's context variables.
        cancel: Called in the loop's thread to end it, perhaps more than once.

    Returns:
        What the function returns.

    Raises:
        CancelledError: If the task is cancelled, once the function has ended.
        BaseException: What the function raises.
    """
    executor = ThreadPoolExecutor(1, thread_name_prefix="framechain-run")
    with warning_here():
        context = contextvars.copy_context()
    try:
        running = asyncio.get_running_loop().run_in_executor(executor, context.run, run)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            while not running.done():
                cancel()
                with contextlib.suppress(asyncio.CancelledError):  # A second request does not leave the run alone.
                    await asyncio.wait([running], timeout=_ASK_AGAIN_SECONDS)
            running.exception()  # Nobody else will ask for it.
            raise
    finally:
        executor.shutdown(wait=False)
