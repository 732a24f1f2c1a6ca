"""What tells a chain from others: the arguments of its objects, the code of its functions, and the files they name."""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

_LIBRARIES = tuple(
    {os.path.realpath(path) + os.sep for name, path in sysconfig.get_paths().items() if name.endswith("lib")}
)
_OWN = os.path.realpath(os.path.dirname(os.path.dirname(__file__))) + os.sep
_CACHED = type(functools.lru_cache(os.fspath))
_PLAIN = (int, float, complex, bool, str, bytes, type(None), type(...))
# A folder of more files than this is known by its name alone.
_MOST_FILES = 10_000


def make_fingerprint(*things: object) -> str:
    """Return a text that is the same, in every process, as long as things do the same.

    Values count by what they are, functions of the user's by their code and by what they use of their own module,
    so that an edited one counts; what an installed package has, and framechain, by its name. Each text that names a
    file counts with that file's size and time: a background, a model, a table of colours.

    Args:
        things: Objects that were not opened, and values.

    Returns:
        64 characters. For an object that cannot be looked into they are never the same.

    Example:
        >>> make_fingerprint(lambda frame: frame // 2) == make_fingerprint(lambda frame: frame // 2)
        True
        >>> make_fingerprint(lambda frame: frame // 2) == make_fingerprint(lambda frame: frame // 3)
        False
    """
    return _Walk().digest(things)


class _Walk:
    """One walk through things that may refer to each other."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        # What was seen must stay where it is: another object may get its place.
        self._kept: list[object] = []

    def digest(self, thing: Any) -> str:
        found = hashlib.sha256()
        for part in self._describe(thing):
            data = part if isinstance(part, bytes) else part.encode(errors="surrogatepass")
            found.update(len(data).to_bytes(8, "little") + data)
        return found.hexdigest()

    def _describe(self, thing: Any) -> Iterable[str | bytes]:
        if isinstance(thing, _PLAIN):
            yield f"{type(thing).__name__} {thing!r}"
            if isinstance(thing, str):
                yield from _stamp_named_file(thing)
            return
        if id(thing) in self._seen:
            yield f"again {self._seen[id(thing)]}"
            return
        self._seen[id(thing)] = len(self._seen)
        self._kept.append(thing)
        yield f"{type(thing).__module__}.{type(thing).__qualname__}"
        if isinstance(thing, os.PathLike):
            yield from self._describe(os.fspath(thing))
        elif isinstance(thing, list | tuple):
            yield from (self.digest(item) for item in thing)
        elif isinstance(thing, set | frozenset):
            yield from sorted(_Walk().digest(item) for item in thing)
        elif isinstance(thing, Mapping) and type(thing) is dict:
            for key in sorted(thing, key=repr):
                yield from (self.digest(key), self.digest(thing[key]))
        elif isinstance(thing, np.ndarray) and thing.dtype != object:
            yield from (str(thing.dtype), str(thing.shape), thing.tobytes())
        elif isinstance(thing, CodeType):
            yield from self._describe_code(thing)
        elif isinstance(thing, ModuleType):
            yield thing.__name__
        elif isinstance(thing, FunctionType):
            yield from self._describe_function(thing)
        elif isinstance(thing, _CACHED):
            yield self.digest(thing.__wrapped__)
        elif isinstance(thing, type):
            yield from self._describe_class(thing)
        else:
            yield from self._describe_object(thing)

    def _describe_code(self, code: CodeType) -> Iterable[str | bytes]:
        yield from (code.co_code, repr(code.co_names), repr(code.co_varnames), repr(code.co_freevars))
        yield from (self.digest(constant) for constant in code.co_consts)

    def _describe_function(self, function: FunctionType) -> Iterable[str | bytes]:
        yield f"{function.__module__}.{function.__qualname__}"
        if not _is_of_user(function):
            return
        yield self.digest(function.__code__)
        yield self.digest([function.__defaults__, function.__kwdefaults__, vars(function)])
        for cell in function.__closure__ or ():
            yield self.digest(_look_into(cell))
        for name in sorted(_find_names(function.__code__)):
            if name in function.__globals__:
                yield from (name, self.digest(function.__globals__[name]))

    def _describe_class(self, kind: type) -> Iterable[str | bytes]:
        yield f"{kind.__module__}.{kind.__qualname__}"
        if not _is_of_user(kind):
            return
        yield from (self.digest(base) for base in kind.__bases__)
        for name, value in sorted(vars(kind).items()):
            if name == "_abc_impl" or (name.startswith("__") and not callable(value)):
                continue
            if isinstance(value, staticmethod | classmethod):
                value = value.__func__
            elif isinstance(value, property):
                value = (value.fget, value.fset)
            elif isinstance(value, functools.cached_property):
                value = value.func
            yield from (name, self.digest(value))

    def _describe_object(self, thing: Any) -> Iterable[str | bytes]:
        yield self.digest(type(thing))
        try:
            reduced = thing.__reduce_ex__(4)
        except Exception:  # It holds what belongs to this process, such as a lock.
            yield secrets.token_hex()
            return
        if isinstance(reduced, str):
            yield reduced
            return
        maker, arguments, *rest = reduced
        yield from (self.digest(maker), self.digest(arguments))
        for part in rest:
            yield self.digest(part if part is None or isinstance(part, dict | tuple) else list(part))


def _is_of_user(thing: FunctionType | type) -> bool:
    """Return whether something is neither of an installed package, nor of Python, nor of framechain."""
    if isinstance(thing, FunctionType):
        path = thing.__code__.co_filename
    else:
        module = sys.modules.get(thing.__module__)
        path = (vars(module).get("__file__") if module else None) or ""
        if not path:
            return thing.__module__ in ("__main__", "__mp_main__")
    return not path.startswith("<frozen") and not os.path.realpath(path).startswith((_OWN, *_LIBRARIES))


def _find_names(code: CodeType) -> set[str]:
    """Return the names that a function and those inside of it look up."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*map(_find_names, inner))


def _look_into(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # It is empty as yet.
        return None


def _stamp_named_file(text: str) -> Iterable[str]:
    if not 0 < len(text) < 4096 or "\0" in text or "\n" in text:
        return
    try:
        if os.path.isfile(text):
            yield stamp_local_file(text)
        elif os.path.isdir(text):
            names = sorted(entry.path for entry in os.scandir(text) if entry.is_file())
            if len(names) <= _MOST_FILES:
                yield from (stamp_local_file(name) for name in names)
    except (OSError, ValueError):
        return


def stamp_local_file(path: str) -> str:
    """Return what tells the content of a file from others, without reading it.

    Raises:
        OSError: If there is no such file.
    """
    status = os.stat(path)
    return f"{status.st_size} bytes, {status.st_mtime_ns} ns"
