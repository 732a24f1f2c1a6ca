"""The reference of the public names: which there are, on which page each stands, and links between them."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Mapping

import framechain
import framechain.testing

# The names of `framechain` by what they are for. A name that no group has comes last, so that none is missing.
GROUPS: dict[str, tuple[str, ...]] = {
    "Runs": ("Engine", "RunResult", "Progress", "Batch", "SKIP", "Stop"),
    "Objects that ship with it": ("MPSegmentation", "BackgroundReplacement", "Place", "FindMatte", "FPSmetric"),
    "Functions": ("read", "write", "cut_out", "frame_at", "show", "load_chain", "open_source", "open_sink"),
    "Options": ("Encoding", "CameraOptions", "LiveOptions", "NO_OUTPUT"),
    "Frames": ("Frame", "FrameInfo", "StreamInfo", "Image", "Reading", "Writing"),
    "Contracts": ("FrameObject", "Matte", "Background", "Source", "Sink", "Tunable"),
}
REST, ERRORS = "More", "Errors"
# What is no class and no function has no docstring.
DATA = {
    "Image": "The type of an image: a numpy array, uint8 (height, width, 3), BGR, C-contiguous.",
    "NO_OUTPUT": "Says that nothing is written, where None would mean: next to the input.",
    "SKIP": "What an object returns to leave a frame out: later objects are not called for it.",
}


def list_public_modules() -> list[str]:
    """Return the modules of framechain whose names are public, beside itself."""
    return [*framechain._PACKAGES, "testing"]


def list_names(module: str) -> list[str]:
    """Return the public names of a module.

    Args:
        module: Its name below framechain; "" for framechain itself.
    """
    found = importlib.import_module(f"framechain.{module}" if module else "framechain")
    names = getattr(found, "__all__", None)
    if names is None:
        names = [
            name
            for name, thing in vars(found).items()
            if not name.startswith("_") and getattr(thing, "__module__", "") == found.__name__
        ]
    return sorted(names)


def group_names() -> dict[str, list[str]]:
    """Return the names of `framechain` by group, each name once."""
    left = [name for name in list_names("") if name != "__version__"]
    groups: dict[str, list[str]] = {}
    for title, names in GROUPS.items():
        groups[title] = [name for name in names if name in left]
        left = [name for name in left if name not in names]
    errors = [name for name in left if _is_error(name)]
    if rest := [name for name in left if name not in errors]:
        groups[REST] = rest
    groups[ERRORS] = sorted(errors, key=lambda name: name != "FramechainError")
    return groups


def write_main_page() -> str:
    """Write the names of `framechain` itself, in Markdown."""
    text = [_toc(group_names())]
    for title, names in group_names().items():
        text.append(f"## {title}\n")
        text.extend(_describe("framechain", name) for name in names)
    return "\n".join(text)


def write_modules_page() -> str:
    """Write the names of the other public modules, in Markdown."""
    text = []
    for module in list_public_modules():
        place = f"framechain.{module}"
        about = inspect.getdoc(importlib.import_module(place)) or ""
        text += [f"## {place}\n", about.partition("\n")[0].rstrip(":") + "\n"]
        text += [_describe(place, name) for name in list_names(module)]
    return "\n".join(text)


def list_targets() -> dict[str, str]:
    """Return what the docstrings may name, and where it is: `Engine` is at `framechain.Engine`."""
    targets: dict[str, str] = {}
    for module in [*reversed(list_public_modules()), ""]:
        place = f"framechain.{module}" if module else "framechain"
        targets.update({name: f"{place}.{name}" for name in list_names(module) if name != "__version__"})
    return {**targets, **{place: place for place in targets.values()}}


_BARS = re.compile(r"\|(\w+)\|")
_STARS = re.compile(r"^(\s+)\*{1,2}(\w+: )")
_CODE = re.compile(r"(?<![`:\w])`([^`\n]+)`(?!`)")


def link_names(line: str, targets: Mapping[str, str]) -> str:
    """Make a line of a docstring reStructuredText: names in backticks become links, other code stays code.

    Args:
        line: A line with Markdown's backticks.
        targets: What `list_targets` returns.
    """

    def link(found: re.Match[str]) -> str:
        word = found[1]
        # `Face`s: in reStructuredText markup ends before a space, which an escape takes away.
        end = "\\ " if line[found.end() : found.end() + 1].isalnum() else ""
        return (f":py:obj:`{word} <{targets[word]}>`" if word in targets else f"``{word}``") + end

    line = _STARS.sub(r"\1\2", line)
    linked = _CODE.sub(link, line)
    if line.lstrip().startswith((">>>", "...")):
        return linked
    # |Z| is the size of Z, and no substitution; in/*.mp4 is a pattern, and no emphasis.
    return _BARS.sub(r"\|\1\|", linked).replace("/*.", "/\\*.")


def _toc(groups: Mapping[str, list[str]]) -> str:
    rows = [
        f"- **{title}**: " + ", ".join(f"[`{name}`](#framechain.{name})" for name in names)
        for title, names in groups.items()
    ]
    return "\n".join(rows) + "\n"


def _is_error(name: str) -> bool:
    thing = getattr(framechain, name)
    return inspect.isclass(thing) and issubclass(thing, BaseException) and name != "Stop"


def _describe(module: str, name: str) -> str:
    thing = getattr(importlib.import_module(module), name)
    if inspect.isclass(thing):
        directive, options = "autoclass", "   :members:\n"
    elif inspect.isroutine(thing):
        directive, options = "autofunction", ""
    else:
        directive, options = "py:data", f"\n   {DATA[name]}\n"
    return f"```{{eval-rst}}\n.. {directive}:: {module}.{name}\n{options}```\n"
