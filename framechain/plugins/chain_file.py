"""Chains in files of TOML: the objects, their arguments, and options of the engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..basics.arguments import check_path
from ..basics.tunables import set_tunables
from ..chain import Chain
from ..errors import ArgumentError, FramechainError, MissingInputError, reason
from ..options import CameraOptions, Encoding, LiveOptions
from .calls import Call
from .component import Builder
from .convert import convert
from .describe import Parameter, describe
from .python_chain import load_chain as load_python_chain
from .python_chain import split_chain
from .registry import suggest

ENDING = ".toml"
"""How the name of such a file ends."""

_TABLES = {"chain": str, "objects": list, "set": dict, "engine": dict}
_KINDS = {str: "a text", list: "a list", dict: "a table"}
_Time = str | float | None
_ENGINE = {
    "flip_view": bool | None,
    "output_extension": str,
    "start": _Time,
    "end": _Time,
    "start_video_frame": int,
    "end_video_frame": int,
    "break_on_end": bool,
    "cut": bool,
    "audio": bool,
    "object_timeout": float | None,
}
_GROUPS: dict[str, type[Any]] = {"encoding": Encoding, "camera": CameraOptions, "live": LiveOptions}
# Where the result goes is said with each run: an address may have a key in it.
_NOT_KEPT = {"live": ("record", "virtual_camera", "stream_to", "tune")}
_PREFIXES = {"camera": "camera_"}


@dataclass(frozen=True, slots=True)
class LoadedChain:
    """What a chain file makes.

    Attributes:
        objects: The objects, new ones.
        options: Further arguments of `Engine` and `Batch`, as far as the file has some.
    """

    objects: list[Callable[..., Any]]
    options: dict[str, Any]


def load_chain(path: str | os.PathLike[str], *, allow_code: bool = False) -> LoadedChain:
    r"""Make the objects of a chain file.

    Args:
        path: A file of TOML, see docs/plugins.md. Relative paths in it are relative to its folder.
        allow_code: Whether code that it names as `package.module:Class` or `FILE.py:Class` is run although the file, or
            that of the code, is not the user's own: it belongs to somebody else, or others may write to it.

    Returns:
        The objects, and the options for the engine.

    Raises:
        MissingInputError: If there is no such file.
        ArgumentError: If it is no TOML, has a name or an argument that there is not, or names code that it may not.
        FramechainError: If an object cannot be made.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "talk.toml")
        >>> with open(path, "w") as file:
        ...     _ = file.write('objects = ["fps:color=#ff0000"]\nengine.encoding.crf = 18')
        >>> chain = load_chain(path)
        >>> chain.objects[0].color, chain.options["encoding"].crf
        ((0, 0, 255), 18.0)
        >>> from framechain import Engine
        >>> engine = Engine(video_path="samples/clip.mp4", custom_objects=chain.objects, **chain.options)
    """
    file = ChainFile(check_path("path", path), allow_code=allow_code)
    return LoadedChain(file.make_objects(), file.make_options())


class ChainFile:
    """A chain file that was read and checked; nothing that it names has been loaded."""

    def __init__(self, path: str, *, allow_code: bool = False) -> None:
        """Read it.

        Args:
            path: The file.
            allow_code: Whether code that it names is run although it is not the user's own.

        Raises:
            MissingInputError: If there is no such file.
            ArgumentError: If it is no such file.
        """
        self.path, self._allow_code = path, allow_code
        self._content = _read(path)
        for key, value in self._content.items():
            if key not in _TABLES:
                raise ArgumentError(f"{path}: there is no {key!r} in a chain file: {suggest(key, _TABLES)}")
            if not isinstance(value, _TABLES[key]):
                raise ArgumentError(f"{path}: {key} must be {_KINDS[_TABLES[key]]}, got {value!r:.80}")
        if not (self._content.get("objects") or self._content.get("chain")):
            raise ArgumentError(f'{path} has no objects: write objects = ["fps"], or tables [[objects]] with a name')
        self.settings: dict[str, Any] = dict(self._content.get("set", {}))
        self._engine = self._check_engine(self._content.get("engine", {}))

    @property
    def code(self) -> str | None:
        """FILE.py:NAME of the objects that come first, such as "mychain.py:objects"; None if all are named here."""
        code = self._content.get("chain")
        return os.path.normpath(os.path.join(os.path.dirname(self.path), code)) if code else None

    def describe(self) -> list[Call]:
        """Return the calls that make the objects, but for those of `code`.

        Raises:
            FramechainError: If there is no such object, or an argument cannot be used.
        """
        return [self._builder.describe("objects", wanted) for wanted in self._content.get("objects", ())]

    def make_objects(self) -> list[Callable[..., Any]]:
        """Make the objects.

        Raises:
            FramechainError: If there is no such object, or it cannot be made.
        """
        calls = self.describe()
        objects = [*self._load_code(), *(self._builder.make(call) for call in calls)]
        chain = Chain(objects, argument=f"objects of {self.path}")
        try:
            set_tunables(chain.tunables, self.settings)
        except FramechainError as error:
            raise type(error)(f"{self.path}, set: {error}") from error
        return objects

    def make_options(self) -> dict[str, Any]:
        """Return the arguments for an engine."""
        made = {key: value for key, value in self._engine.items() if key not in _GROUPS}
        try:
            made |= {key: kind(**self._engine[key]) for key, kind in _GROUPS.items() if key in self._engine}
        except FramechainError as error:
            raise type(error)(f"{self.path}, engine: {error}") from error
        return made

    def list_options(self) -> dict[str, Any]:
        """Return the options of the engine by the names that the command line has for them."""
        return {
            name: value
            for key, group in self._engine.items()
            for name, value in (
                ((f"{_PREFIXES.get(key, '')}{field}", one) for field, one in group.items())
                if key in _GROUPS
                else [(key, group)]
            )
        }

    @property
    def _builder(self) -> Builder:
        return Builder(f"{self.path}:", folder=self._folder, trust=self._check_code)

    @property
    def _folder(self) -> str:
        return os.path.dirname(os.path.abspath(self.path))

    def _load_code(self) -> list[Callable[..., Any]]:
        if self.code is None:
            return []
        path, _ = split_chain(self.code)
        if os.path.isfile(path):
            self._check_code(self._content["chain"], path)
        return load_python_chain(self.code, argument=f"chain of {self.path}:")

    def _check_code(self, reference: str, code: str | None) -> None:
        for path in (self.path, *([code] if code else [])):
            doubt = None if self._allow_code else _find_doubt(path)
            if doubt:
                raise ArgumentError(
                    f"{self.path} asks to run the code {reference}, and {path} {doubt}: look into both, then add "
                    "--allow-code, or allow_code=True in Python"
                )

    def _check_engine(self, table: Mapping[str, Any]) -> dict[str, Any]:
        parameters = list_engine_parameters()
        checked: dict[str, Any] = {}
        for key, value in table.items():
            if key in _GROUPS and isinstance(value, Mapping):
                checked[key] = {name: self._take(f"engine.{key}", name, one, parameters) for name, one in value.items()}
            else:
                checked[key] = self._take("engine", key, value, parameters)
        return checked

    def _take(self, table: str, key: str, value: Any, parameters: Mapping[str, Mapping[str, Parameter]]) -> Any:
        known = parameters[table]
        if key not in known:
            names = [*known, *(_GROUPS if table == "engine" else ())]
            raise ArgumentError(f"{self.path}: {table} has no option {key!r}: {suggest(key, names)}")
        try:
            return convert(value, known[key])
        except FramechainError as error:
            raise type(error)(f"{self.path}, {table}: {error}") from error


def list_engine_parameters() -> dict[str, dict[str, Parameter]]:
    """Return what may stand in each table of engine options, by the table's name."""
    tables = {"engine": {name: Parameter(name, hint, None) for name, hint in _ENGINE.items()}}
    for key, kind in _GROUPS.items():
        kept = (one for one in describe(kind).parameters if one.name not in _NOT_KEPT.get(key, ()))
        tables[f"engine.{key}"] = {one.name: one for one in kept}
    return tables


def list_engine_options() -> list[tuple[Sequence[str], str]]:
    """Return each option of the engine: its place in the file, and its name on the command line."""
    return [
        ((*table.split("."), name), f"{_PREFIXES.get(table.rpartition('.')[2], '')}{name}")
        for table, parameters in list_engine_parameters().items()
        for name in parameters
    ]


def _read(path: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        with open(path, "rb") as file:
            content: dict[str, Any] = tomllib.load(file)
            return content
    except FileNotFoundError:
        raise MissingInputError(f"there is no chain file {path}") from None
    except OSError as error:
        raise MissingInputError(f"the chain file {path} cannot be read: {reason(error)}") from error
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"{path} is no TOML: {reason(error)}") from error


def _find_doubt(path: str) -> str | None:
    """Return why a file may be somebody else's, as the end of a sentence; None if it is the user's own."""
    if sys.platform == "win32":
        return "may be anybody's, as Windows does not say whose it is"
    status = os.stat(path)
    if status.st_uid != os.geteuid():
        return "belongs to another user"
    return "may be written to by other users" if status.st_mode & 0o022 else None
