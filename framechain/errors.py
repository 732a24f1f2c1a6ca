"""The exceptions of framechain: all are `FramechainError`, each is also the built-in error that fits.

Catch `FramechainError` for everything that the library refuses, or the built-in (`FileNotFoundError`, `ValueError`,
...) where a program handles it already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .run.result import RunResult


class FramechainError(Exception):
    """Base of every error that framechain raises on purpose.

    The message is one sentence: what was asked for, what was found and what to do.
    """

    def __str__(self) -> str:
        # The built-in bases format arguments in ways of their own, OSError as an errno: the sentence is args[0].
        return str(self.args[0]) if self.args else ""


class ArgumentError(FramechainError, ValueError):
    """An argument has a value that cannot be used, such as a threshold of 1.5."""


class ArgumentTypeError(FramechainError, TypeError):
    """An argument is of a kind that cannot be used, such as a custom object that is not callable."""


class MissingInputError(FramechainError, FileNotFoundError):
    """The input, or a background image or folder, does not exist."""


class MediaError(FramechainError, ValueError):
    """The input exists but is not media that can be read."""


class OutputError(FramechainError, OSError):
    """The output cannot be written to that place or in that format."""


class CameraError(FramechainError, OSError):
    """A camera or live stream cannot be opened, or gives no frames."""


class CameraLostError(CameraError):
    """A camera or live stream is lost, and all attempts to reconnect failed."""


class DisplayError(FramechainError, RuntimeError):
    """This machine cannot show the window that was asked for."""


class DependencyError(FramechainError, ImportError):
    """A package or a system library is missing."""


class ObjectError(FramechainError, RuntimeError):
    """A custom object raised; the original exception is the cause."""


class ObjectResultError(FramechainError, TypeError):
    """A custom object returned something that is not a frame."""


class LateError(ObjectError, TimeoutError):
    """An object or a matte took longer than its time limit."""

    # Dask calls __new__ for errors of its workers. That of RuntimeError, found first, refuses this class.
    __new__ = TimeoutError.__new__  # type: ignore[assignment]


class Interrupted(KeyboardInterrupt):
    """A run was stopped by SIGINT (Ctrl-C) after its output was completed.

    It is no `FramechainError`: as a KeyboardInterrupt it ends a loop over several runs.

    Attributes:
        result: What was done until then.
    """

    def __init__(self, result: RunResult | Any) -> None:
        """Keep the result."""
        super().__init__("stopped by SIGINT; what was made is complete")
        self.result = result


class Terminated(SystemExit):
    """A run was stopped by SIGTERM after its output was completed; the process ends with code 143.

    Attributes:
        result: What was done until then.
    """

    def __init__(self, result: RunResult | Any) -> None:
        """Keep the result."""
        super().__init__(143)
        self.result = result


class FramechainWarning(FramechainError, UserWarning):  # noqa: N818  (a warning)
    """Something was lost or done differently and the run went on, such as damaged input or lost audio.

    Where a filter makes an error of it (`-W error`), it is raised once the output is complete.
    """


def reason(error: BaseException) -> str:
    """Return the message of the operating system or library, without errno and file names."""
    strerror: Any = getattr(error, "strerror", None)
    return str(strerror or read_message(error) or type(error).__name__)


def read_message(error: BaseException) -> str:
    """Return what an exception says; one of a user's own may fail to say it.

    Example:
        >>> class Odd(Exception):
        ...     def __str__(self):
        ...         return self.missing
        >>> read_message(ValueError("too dark")), read_message(Odd())
        ('too dark', '(its message cannot be read)')
    """
    try:
        return str(error)
    except Exception:
        return "(its message cannot be read)"
