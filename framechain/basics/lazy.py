"""Names of a package that are imported on first use, so that `import framechain` stays light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def make_lazy(package: str, modules: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return a module's `__getattr__` and `__dir__` (PEP 562).

    Args:
        package: The package's name.
        modules: The module below the package that defines each name.

    Returns:
        A function that imports the module of a name and returns the name's value, and one that lists the names, for
        `dir` and tab completion.

    Example:
        >>> get, list_names = make_lazy("framechain", {"Channel": "threads.channel"})
        >>> get("Channel").__name__, list_names()
        ('Channel', ['Channel'])
    """

    def get(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f".{modules[name]}", package), name)

    return get, lambda: sorted(modules)
