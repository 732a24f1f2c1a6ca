"""The exceptions of framechain: one family, each also the built-in that fits.

Catch `FramechainError` for everything the library refuses on purpose, or the built-in
(`FileNotFoundError`, `ValueError`, ...) where a program already handles it.
"""

from __future__ import annotations

from typing import Any


class FramechainError(Exception):
    """Base of every error that framechain raises on purpose.

    The message is one sentence for a person: it names the thing, says what was found and what to do.
    """

    def __str__(self) -> str:
        # OSError would show a lone errno tuple and KeyError quotes: the sentence is always args[0].
        return str(self.args[0]) if self.args else ""


class ArgumentError(FramechainError, ValueError):
    """An argument has a value that cannot be used, such as a threshold of 1.5."""


class ArgumentTypeError(FramechainError, TypeError):
    """An argument is of a kind that cannot be used, such as a custom object that is not callable."""


class MissingInputError(FramechainError, FileNotFoundError):
    """The input, or a background picture or folder, is not there."""


class MediaError(FramechainError, ValueError):
    """The input is there but is not media that can be read."""


class OutputError(FramechainError, OSError):
    """The output cannot be written where, or as what, it was asked for."""


class CameraError(FramechainError, OSError):
    """A camera or live stream cannot be opened, or gives no frames."""


class CameraLostError(CameraError):
    """A camera or live stream that gave frames is gone, and reconnecting failed as often as it was to be tried."""


class DisplayError(FramechainError, RuntimeError):
    """A window was asked for and this machine cannot show one."""


class DependencyError(FramechainError, ImportError):
    """A package or a system library that this task needs is missing."""


class ObjectError(FramechainError, RuntimeError):
    """A custom object raised; the original exception is the cause."""


class ObjectResultError(FramechainError, TypeError):
    """A custom object returned something that is not a frame."""


class LateError(ObjectError, TimeoutError):
    """A matte took longer for a frame of a live stream than its time limit."""


class FramechainWarning(UserWarning):
    """Something was lost or done differently and the run went on: damaged input, lost sound."""


def reason(error: BaseException) -> str:
    """What went wrong, in the words of the operating system or library, without errno and file names."""
    strerror: Any = getattr(error, "strerror", None)
    return str(strerror or error or type(error).__name__)
