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


def is_required(function: Callable[..., Any], parameter: str) -> bool:
    """Return whether a parameter that a callable has must be given, as it has no default."""
    return inspect.signature(function).parameters[parameter].default is inspect.Parameter.empty


def find_filled_parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return which of `info` and `alpha` an object or a matte gets.

    Args:
        function: Any callable. A default of `alpha` that is not None belongs to the callable itself, as in
            `def darken(frame, alpha=0.5)`, and is left alone.

    Returns:
        Those that are filled in.

    Example:
        >>> find_filled_parameters(lambda frame, info, alpha=None: frame)
        ('info', 'alpha')
        >>> find_filled_parameters(lambda frame, alpha=0.5: frame)
        ()
    """
    found = find_parameters(function, "info", "alpha")
    if "alpha" in found:
        default = inspect.signature(function).parameters["alpha"].default
        if default is not None and default is not inspect.Parameter.empty:
            return tuple(name for name in found if name != "alpha")
    return found
