"""Messages from the place where work is done to the program that waits for it: how far a file is."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

Message = dict[str, Any]
"""Text and numbers: it may travel to another machine."""

Listener = Callable[[Message], object]

# Work in this process needs no messenger.
_listeners: dict[str, Listener] = {}
_broken_off: set[str] = set()


@contextlib.contextmanager
def listening(topic: str, listener: Listener) -> Iterator[None]:
    """Make a context in which messages of this process to a topic are handed to a function.

    Example:
        >>> with listening("sums", print):
        ...     tell("sums", {"file": "a.mp4", "frames": 3})
        {'file': 'a.mp4', 'frames': 3}
    """
    _listeners[topic] = listener
    try:
        yield
    finally:
        del _listeners[topic]


def tell(topic: str, message: Message) -> None:
    """Send a message to whoever listens to a topic; nobody need do so.

    Args:
        topic: A name that no other batch uses.
        message: What is said.
    """
    listener = _listeners.get(topic)
    if listener is not None:
        listener(message)
    elif "distributed" in sys.modules:
        from distributed import get_worker

        with contextlib.suppress(ValueError):  # This is no worker.
            get_worker().log_event(topic, message)


def break_off(topic: str) -> None:
    """Let work of this process on a topic end soon, without a result."""
    _broken_off.add(topic)


def forget_break_off(topic: str) -> None:
    """Take `break_off` back."""
    _broken_off.discard(topic)


def is_broken_off(topic: str) -> bool:
    """Return whether work on a topic shall end without a result."""
    return topic in _broken_off
