"""The messages of framechain's errors, read from its source: each place that makes an error, and what it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import framechain
from framechain import FramechainError

_PACKAGE = Path(framechain.__file__).parent
# An expression of a message becomes a word in capitals, which no message has by itself.
_WORD = re.compile(r"[A-Za-z_]\w*")
_DULL = {
    "self",
    "str",
    "repr",
    "len",
    "float",
    "sorted",
    "map",
    "join",
    "type",
    "reason",
    "read_message",
    "format_time",
}


@dataclass(frozen=True)
class Message:
    """One sentence that an error may say.

    Attributes:
        module: The module that makes it, such as "sinks/target.py".
        line: Its line there.
        kind: The error's class.
        text: What it says; what differs from case to case is a word in capitals.
    """

    module: str
    line: int
    kind: str
    text: str


@dataclass(frozen=True)
class Site:
    """One place that makes an error.

    Attributes:
        module, line, kind: As in `Message`.
        argument: The expression that is the message, or None if it is given none.
        texts: What the expression may say; empty where it hands on what another error said.
    """

    module: str
    line: int
    kind: str
    argument: str | None
    texts: tuple[str, ...]


@cache
def list_kinds() -> dict[str, set[str]]:
    """Return framechain's errors by name, each with the names of its bases, whether public or not."""
    bases: dict[str, set[str]] = {}
    for _, tree in _parse_package():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {name for base in node.bases if (name := _last_name(base)) is not None}
    kinds = {FramechainError.__name__}
    while more := {name for name, above in bases.items() if above & kinds} - kinds:
        kinds |= more
    return {name: bases[name] for name in sorted(kinds)}


@cache
def list_sites() -> list[Site]:
    """Return every place in the package that makes one of framechain's errors, in the order of the files."""
    kinds = list_kinds()
    sites = []
    for module, tree in _parse_package():
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _last_name(node.func) in kinds]
        places = _Places(tree, module) if calls else None
        for node in calls:
            if places is not None and isinstance(node.func, ast.Name):
                argument = _find_sentence(node, tree)
                texts = tuple(dict.fromkeys(places.read(argument))) if argument is not None else ()
                said = ast.unparse(argument) if argument is not None else None
                sites.append(Site(module, node.lineno, node.func.id, said, texts))
    return sites


def list_messages() -> list[Message]:
    """Return what these places say, each sentence of a kind once."""
    found: dict[tuple[str, str], Message] = {}
    for site in list_sites():
        for text in site.texts:
            found.setdefault((site.kind, text), Message(site.module, site.line, site.kind, text))
    return list(found.values())


def list_reasons() -> list[str]:
    """Return the plain sentences for what FFmpeg, OpenCV and stow say, and for addresses that cannot be right."""
    tree = dict(_parse_package())["basics/plain_words.py"]
    places = _Places(tree, "basics/plain_words.py")
    texts: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _last_name(node.func) == "_Row":
            texts += places.read(node.args[1])
        elif isinstance(node, ast.FunctionDef) and node.name == "find_address_fault":
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    texts += places.read(inner.value)
    return [
        re.sub(r"\{(\w*)\}", lambda found: {"guess": "", "0": "KIND"}.get(found[1], found[1].upper()), text)
        for text in dict.fromkeys(texts)
    ]


@cache
def _parse_package() -> list[tuple[str, ast.Module]]:
    """Parse the modules that name an error, or a text in capitals that a message may have."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(_PACKAGE.rglob("*.py"))}
    return [
        (path.relative_to(_PACKAGE).as_posix(), ast.parse(text))
        for path, text in texts.items()
        if "Error" in text or re.search(r"^[A-Z]\w+ = ", text, re.MULTILINE)
    ]


class _Places:
    """Reads the texts of one module: what its names and functions may say."""

    def __init__(self, tree: ast.Module, module: str) -> None:
        self._assigned: dict[str, list[ast.expr]] = {}
        self._returned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    for name, value in _pair(target, node.value):
                        self._assigned.setdefault(name, []).append(value)
            elif isinstance(node, ast.NamedExpr | ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
                self._assigned.setdefault(node.target.id, []).append(node.value)
            elif isinstance(node, ast.FunctionDef):
                self._returned[node.name] = [
                    inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return) and inner.value
                ]
            elif isinstance(node, ast.ImportFrom):
                self._import(node, module)

    def _import(self, node: ast.ImportFrom, module: str) -> None:
        """Know the texts that another module of the package names, such as an advice that several errors share."""
        folder = Path(module).parts[: -node.level] if node.level else ()
        path = "/".join([*folder, *(node.module or "").split(".")]) + ".py"
        tree = dict(_parse_package()).get(path)
        names = {alias.name: alias.asname or alias.name for alias in node.names if alias.name.isupper()}
        for other in tree.body if tree and names else ():
            if (
                isinstance(other, ast.Assign)
                and isinstance(other.targets[0], ast.Name)
                and other.targets[0].id in names
            ):
                self._assigned.setdefault(names[other.targets[0].id], []).append(other.value)

    def read(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        """Give each text that an expression may be; nothing if that is not in this module."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(self._show_all(node.values, seen))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield from (left + right for left in self.read(node.left, seen) for right in self.read(node.right, seen))
        elif isinstance(node, ast.IfExp):
            yield from self.read(node.body, seen)
            yield from self.read(node.orelse, seen)
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                yield from self.read(value, seen)
        elif isinstance(node, ast.Name) and node.id not in seen:
            for value in self._assigned.get(node.id, ()):
                yield from self.read(value, seen | {node.id})
        elif isinstance(node, ast.Call) and (name := _last_name(node.func)) not in seen and name != "str":
            for value in self._returned.get(name or "", ()):
                yield from self.read(value, seen | {name or ""})

    def _show_all(self, parts: list[ast.expr], seen: frozenset[str]) -> Iterator[str]:
        for index, part in enumerate(parts):
            # What follows another expression at once is an addition such as an advice.
            if index == 0 or isinstance(part, ast.Constant) or isinstance(parts[index - 1], ast.Constant):
                yield self._show(part, seen)

    def _show(self, part: ast.expr, seen: frozenset[str]) -> str:
        if isinstance(part, ast.Constant):
            return str(part.value)
        value = part.value if isinstance(part, ast.FormattedValue) else part
        if isinstance(value, ast.Constant):
            return str(value.value)
        texts = list(dict.fromkeys(self.read(value, seen)))
        fixed = isinstance(value, ast.IfExp) or (isinstance(value, ast.Name) and value.id.isupper())
        if fixed and texts:
            return " / ".join(text for text in texts if text)
        return _make_word(value)


def _find_sentence(call: ast.Call, tree: ast.Module) -> ast.expr | None:
    """Find what the error says: its first argument that is no number, or what its class says for all."""
    for argument in call.args:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, int)):
            return argument
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == _last_name(call.func):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and _last_name(inner.func) == "__init__" and inner.args:
                    return inner.args[0]
    return None


def _pair(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for inner, given in zip(target.elts, value.elts, strict=True):
            yield from _pair(inner, given)


def _last_name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def _make_word(value: ast.expr) -> str:
    """Name what stands there, by the last word of the expression that means something: `self._target` is TARGET."""
    words = [word for word in _WORD.findall(re.sub(r"'[^']*'|\"[^\"]*\"", "", ast.unparse(value))) if word not in _DULL]
    attributes = [word for word in words if word not in ("if", "else", "or", "and", "for", "in", "not", "is")]
    return (attributes[-1] if attributes else "VALUE").strip("_").upper()
