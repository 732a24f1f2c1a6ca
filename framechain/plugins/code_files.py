"""Files of Python with objects of the user's: run as modules, with errors that name the line."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

from ..errors import FramechainError, ObjectError, read_message

_loading = threading.Lock()
_loaded: dict[str, tuple[tuple[int, int], ModuleType]] = {}


def run_file(path: str) -> ModuleType:
    """Run a file as a module. It can import what lies beside it, and workers can import it.

    Args:
        path: The file; it is run anew each time.

    Raises:
        ObjectError: If it fails; the sentence names the line.
    """
    with _loading, blaming(path):
        return _run_file(path)


def load_file(path: str) -> ModuleType:
    """Return a file of Python as a module; it is run again only if it has changed, as objects refer to their class.

    Args:
        path: The file.

    Raises:
        ObjectError: If it fails; the sentence names the line.
    """
    full = os.path.abspath(path)
    status = os.stat(full)
    stamp = status.st_size, status.st_mtime_ns
    known = _loaded.get(full)
    if known is None or known[0] != stamp or sys.modules.get(known[1].__name__) is not known[1]:
        known = _loaded[full] = stamp, run_file(path)
    return known[1]


class _Loader(SourceFileLoader):
    """Loads a file that may be changed at any time: nothing compiled is kept beside it."""

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Write nothing."""


def _run_file(path: str) -> ModuleType:
    path = os.path.abspath(path)
    folder, stem = os.path.dirname(path), os.path.splitext(os.path.basename(path))[0]
    if folder not in sys.path:
        sys.path.append(folder)
    known = sys.modules.get(stem)
    is_free = known is None or vars(known).get("__file__") == path
    name = stem if stem.isidentifier() and is_free else f"framechain_chain_{abs(hash(path))}"
    spec = spec_from_file_location(name, path, loader=_Loader(name, path))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # Dataclasses and pickled objects look for their module.
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def blaming(path: str) -> Iterator[None]:
    """Make a context whose errors name the file and the line."""
    try:
        yield
    except (Exception, SystemExit) as error:
        raise ObjectError(_explain(path, error)) from error


def _explain(path: str, error: BaseException) -> str:
    """Return a sentence with the line of the file where it failed."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}: {error.msg}"
    full = os.path.abspath(path)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == full]
    place = f"{path}, line {lines[-1]}" if lines else path
    kind = "" if isinstance(error, FramechainError) else f"{type(error).__name__}: "
    return f"{place}: {kind}{read_message(error)}"
