"""Makes the chain of a page's look, by the command line that the page shows."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...basics.tunables import read_tunables
from ...chain import Chain
from ...contracts import Background
from ...errors import FramechainError
from ...objects.replacement import BackgroundReplacement
from ...plugins.calls import spell_value
from ...web.look import Look, LookKey
from ..arguments import build_parser
from ..builders import Part, describe_background, make_frame_rate, make_replacement
from ..chains import SEGMENTATION, WITH_OBJECTS, list_chain_actions, make_objects
from ..parsing import Unasked
from .python_program import spell_file, spell_source, write_program

_KEPT = 32


class LookMaker:
    """The `ChainMaker` of the command line: a look is some of its options, and is made by its parser.

    What the page shows as the command is therefore what it does.
    """

    def __init__(self, options: argparse.Namespace, parts: Sequence[Part], prog: str) -> None:
        """Make the objects once, to know that they can be made.

        Args:
            options: The parsed arguments of `framechain serve`.
            parts: Make the objects of the command line.
            prog: The program's name, for the command.

        Raises:
            FramechainError: If an argument cannot be used.
        """
        self._parts, self._prog = parts, prog
        self._base = {action.dest: vars(options)[action.dest] for action in list_chain_actions()}
        self._bare: OrderedDict[LookKey, Mapping[str, float]] = OrderedDict()
        self._lock = threading.Lock()
        self.chain: str | None = options.chain
        is_asked = not isinstance(options.background, Unasked)
        self.background: str = options.background if is_asked or self.chain is None else ""
        self._is_named = self.chain is None and (
            bool(options.objects) or list(parts) == [make_replacement, make_frame_rate]
        )
        objects = self.make_objects(Look())
        self.has_background = self._is_named or bool(_find_replacements(objects))
        _close(objects)

    def list_texts(self, look: Look) -> Sequence[str] | None:
        """Return the objects of a look as texts for `--object`; None if they cannot be changed."""
        if not self._is_named:
            return None
        if look.objects is not None:
            return look.objects
        return [*(self._base["objects"] or [SEGMENTATION]), *(["fps"] if self._base["fps"] else [])]

    def find_matte(self, look: Look) -> str:
        """Return the matte of the object `segmentation`, as the option `--matte`."""
        return look.matte or str(self._base["matte"])

    def shows_background(self, look: Look) -> bool:
        """Return whether an object of a look shows its background."""
        texts = self.list_texts(look)
        return self.has_background if texts is None else SEGMENTATION in texts

    def make_objects(self, look: Look) -> list[Callable[..., Any]]:
        """Return new objects, set as the look says."""
        return make_objects(self._parse(look), self._parts)

    def change_background(self, objects: Sequence[Callable[..., Any]], look: Look) -> None:
        """Give running objects the background of a look."""
        replacements = self._find_replacements(objects, look)
        for thing, background in zip(replacements, self._make_backgrounds(look, len(replacements)), strict=True):
            before, thing.background = thing.background, background
            if isinstance(before, Background):
                before.close()

    def _make_backgrounds(self, look: Look, count: int) -> list[Callable[..., Any]]:
        if self.chain is not None and not look.background:  # Only its file knows its own one.
            return [thing.background for thing in _find_replacements(self.make_objects(look))]
        options = self._parse(look)
        return [describe_background(options).make() for _ in range(count)]

    def _find_replacements(self, objects: Sequence[Callable[..., Any]], look: Look) -> list[BackgroundReplacement]:
        """Return the objects that show the look's background: others were given one of their own."""
        texts = self.list_texts(look)
        if texts is None:
            return _find_replacements(objects)
        return _find_replacements([thing for text, thing in zip(texts, objects, strict=False) if text == SEGMENTATION])

    def make_command(self, look: Look, source: str) -> str:
        """Return the shortest command line that does the same with an input."""
        program = ["python"] * self._prog.endswith(".py") + [self._prog]
        return shlex.join([*program, spell_source(source), *self._make_words(look, by_name=True)])

    def make_program(self, look: Look, source: str) -> str:
        """Return the lines of Python that do the same with an input."""
        words = [spell_source(source), *self._make_words(look)]
        program = write_program(build_parser().parse_args(words), words, self._parts)
        # What kind of background it is, is asked of the file, which the user has under another name.
        return program.replace(spell_value(look.background), spell_value(look.name)) if look.name else program

    def _parse(self, look: Look) -> argparse.Namespace:
        options: argparse.Namespace = build_parser().parse_args(self._make_words(look))
        return options

    def _make_words(self, look: Look, *, by_name: bool = False) -> list[str]:
        """Return the options that make a look: those that differ from their defaults.

        Args:
            look: The look.
            by_name: Whether a file of the visitor's is called as the visitor calls it.
        """
        values = dict(self._base)
        texts = self.list_texts(look)
        if look.objects is not None:
            values["objects"], values["fps"] = list(look.objects), False
        if look.matte:
            values["matte"] = look.matte
        if look.background:
            values["background"] = spell_file(look.name) if by_name and look.name else look.background
        settings = dict(values["settings"])
        for name, value in self._find_changes(look).items():
            if name.replace("-", "_") in values and (texts is None or SEGMENTATION in texts):
                values[name.replace("-", "_")] = value
            else:
                settings[name] = value
        values["settings"] = list(settings.items())
        words = []
        for action in list_chain_actions():
            value = values[action.dest]
            if texts is not None and SEGMENTATION not in texts and action.dest not in WITH_OBJECTS:
                continue
            if isinstance(value, Unasked) or value == action.default:
                continue
            option = action.option_strings[0]
            if action.dest == "settings":
                words += [word for name, number in value for word in (option, f"{name}={_spell(number)}")]
            elif action.dest == "objects":
                words += [word for text in value for word in (option, text)]
            elif action.nargs == 0:
                words.append(option)
            else:
                text = _spell(value)
                words += [f"{option}={text}"] if text.startswith("-") else [option, text]
        return words

    def _find_changes(self, look: Look) -> dict[str, float]:
        """Return the values of a look that differ from those that its chain begins with."""
        if not look.values:
            return {}
        with self._lock:
            bare = self._bare.get(look.key)
        if bare is None:
            objects = self.make_objects(look.bare)
            bare = read_tunables(Chain(objects).tunables)
            _close(objects)
            with self._lock:
                self._bare[look.key] = bare
                if len(self._bare) > _KEPT:
                    self._bare.popitem(last=False)
        return {name: value for name, value in look.values.items() if name in bare and value != bare[name]}


def _find_replacements(objects: Sequence[Callable[..., Any]]) -> list[BackgroundReplacement]:
    return [thing for thing in objects if isinstance(thing, BackgroundReplacement)]


def _close(objects: Sequence[Callable[..., Any]]) -> None:
    """Close objects that were only looked at."""
    with contextlib.suppress(FramechainError):  # A user's object may not expect to be closed unopened.
        Chain(objects).close()


def _spell(value: Any) -> str:
    """Return a value as the option takes it: no exponents."""
    if isinstance(value, float):
        text = f"{value:.9f}".rstrip("0")
        return text + "0" if text.endswith(".") else text
    return str(value)
