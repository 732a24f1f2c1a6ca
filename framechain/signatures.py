"""Which parameters a callable has."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def find_parameters(function: Callable[..., Any], *offered: str) -> tuple[str, ...]:
    """Return which of the offered parameters a callable has.

    Args:
        function: Any callable; a builtin whose signature is unknown counts as having none of them.
        offered: The names of the parameters.

    Returns:
        Those that can be passed by name.

    Example:
        >>> find_parameters(lambda frame, info: frame, "info", "alpha")
        ('info',)
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return ()
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return tuple(name for name in offered if name in parameters and parameters[name].kind in by_name)
