"""The list of objects on the page: which there are, in which order, and with which arguments."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from ..errors import ArgumentError, FramechainError
from ..plugins.component import join_text, split_text
from ..plugins.describe import Parameter, describe
from ..plugins.form import Field, Forms
from ..plugins.registry import OWN_PACKAGE
from .look import ChainMaker, Look
from .refused import RefusedError
from .requests import check_text, read_json
from .transfer.names import hide_paths
from .visitors import VISITOR

SEGMENTATION = "segmentation"
"""The object that has no arguments of its own here: the page has its background and its numbers elsewhere."""

_GROUP = "objects"
_MOST_OBJECTS = 20
_MOST_LETTERS = 500
_OPTION = re.compile(r"^--(?:object|matte) ")
_MATTE = Parameter("matte", None, inspect.Parameter.empty, "Who is foreground.")

DescribeValues = Callable[[Look], Awaitable[Mapping[str, float]]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """An object that the page asks for.

    Attributes:
        place: Where it was in the list; None if it is new.
        name: Its name.
        arguments: Values by the names of fields.
    """

    place: int | None
    name: str
    arguments: Mapping[str, str]


class Objects:
    """Lists the objects of a visitor, and changes them."""

    def __init__(self, maker: ChainMaker, describe_values: DescribeValues) -> None:
        """Prepare.

        Args:
            maker: Makes the objects.
            describe_values: Makes the objects of a look, and returns the numbers that they begin with.
        """
        self._maker, self._describe_values = maker, describe_values
        self._forms = Forms()

    def join(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/objects", self._give_offers)
        app.router.add_post("/api/objects", self._change)
        app.router.add_post("/api/objects/fields", self._give_fields)

    async def describe(self, look: Look) -> list[dict[str, Any]] | None:
        """Return the list as in /api/state; None if it cannot be changed."""
        texts = self._maker.list_texts(look)
        return None if texts is None else await asyncio.to_thread(self._describe_all, texts, look)

    def _describe_all(self, texts: Sequence[str], look: Look) -> list[dict[str, Any]]:
        return [self._describe(*self._split(text, look)) for text in texts]

    def _split(self, text: str, look: Look) -> tuple[str, dict[str, str]]:
        """Return the name and the arguments of an object; the matte of `segmentation` is among them."""
        name, arguments = split_text(text)
        if text != SEGMENTATION:
            return name, arguments
        matte, rest = split_text(self._maker.find_matte(look))
        return name, {"matte": matte, **{f"matte.{key}": value for key, value in rest.items()}}

    def _describe(self, name: str, arguments: Mapping[str, str]) -> dict[str, Any]:
        entry = self._forms.list_entries(_GROUP).get(name)
        fields = self._list_fields(name, arguments, _is_bare(name, arguments))
        return {
            "name": name,
            "package": entry.package if entry and entry.package != OWN_PACKAGE else "",
            "line": describe(entry.load()).line if entry else "",
            "fields": [_describe_field(field, arguments) for field in fields],
        }

    def _list_fields(self, name: str, arguments: Mapping[str, str], is_bare: bool) -> list[Field]:
        if is_bare:
            return list(self._forms.list_fields_of(_MATTE, arguments))
        return list(self._forms.list_fields(_GROUP, name, arguments))

    # Requests

    async def _give_offers(self, request: web.Request) -> web.Response:
        def make() -> list[dict[str, Any]]:
            return [self._describe(name, {}) for name in self._forms.list_offers(_GROUP)]

        offers = [] if self._maker.list_texts(request[VISITOR].look) is None else await asyncio.to_thread(make)
        return web.json_response({"objects": offers})

    async def _give_fields(self, request: web.Request) -> web.Response:
        asked = _read_object(await read_json(request, "name", "arguments"))
        is_bare = asked.name == SEGMENTATION
        fields = await asyncio.to_thread(self._list_fields, asked.name, asked.arguments, is_bare)
        return web.json_response({"fields": [_describe_field(field, asked.arguments) for field in fields]})

    async def _change(self, request: web.Request) -> web.Response:
        visitor = request[VISITOR]
        given = (await read_json(request, "objects")).get("objects")
        if not isinstance(given, list) or not given:
            raise RefusedError(400, "the chain needs at least one object")
        if len(given) > _MOST_OBJECTS:
            raise RefusedError(400, f"the chain may have at most {_MOST_OBJECTS} objects here")
        asked = [_read_object(thing) for thing in given]
        before = visitor.look
        try:
            after = await asyncio.to_thread(self._choose, before, asked)
            numbers = await self._describe_values(after)
        except RefusedError:
            raise
        except FramechainError as error:
            raise RefusedError(400, hide_paths(_OPTION.sub("", str(error)))) from error
        begun = await self._describe_values(before)
        kept = {name: one for name, one in visitor.look.values.items() if numbers.get(name) == begun.get(name)}
        visitor.set_look(replace(visitor.look, objects=after.objects, matte=after.matte, values=kept))
        return web.json_response({"look": visitor.look.as_json()})

    def _choose(self, look: Look, asked: Sequence[_Asked]) -> Look:
        """Return a look with other objects.

        Raises:
            RefusedError: If the list is that of another page.
            ArgumentError: If there is no such object, or it has no such argument.
        """
        texts = self._maker.list_texts(look)
        if texts is None:
            raise RefusedError(400, "the chain of this server cannot be changed")
        made, matte = [], look.matte
        for one in asked:
            before: Mapping[str, str] = {}
            if one.place is not None:
                if not 0 <= one.place < len(texts) or split_text(texts[one.place])[0] != one.name:
                    raise RefusedError(409, "the list of objects has changed meanwhile: load the page again")
                before = self._split(texts[one.place], look)[1]
            elif one.name not in self._forms.list_offers(_GROUP):
                raise ArgumentError(f"there is no object {one.name[:80]!r} to choose")
            arguments = self._join(one, before)
            if _is_bare(one.name, before):
                rest = {key.partition(".")[2]: value for key, value in arguments.items() if key != "matte"}
                matte, arguments = join_text(arguments["matte"], rest), {}
            made.append(join_text(one.name, arguments))
        first = Look(look.background)
        is_first = made == list(self._maker.list_texts(first) or ())
        is_first_matte = matte == self._maker.find_matte(first)
        return replace(
            look, objects=None if is_first else tuple(made), matte="" if is_first_matte else matte, values={}
        )

    def _join(self, asked: _Asked, before: Mapping[str, str]) -> dict[str, str]:
        """Return the arguments of an object: those that the page gives, and what the server's user gave beside them."""
        is_bare = _is_bare(asked.name, before)
        fields = {field.name: field for field in self._list_fields(asked.name, {**before, **asked.arguments}, is_bare)}
        for key, value in asked.arguments.items():
            if before.get(key) == value:
                continue
            if key not in fields:
                raise ArgumentError(f"{asked.name} has no argument {key[:80]!r} to set here")
            fields[key].check(value)
        known = {field.name for field in self._list_fields(asked.name, before, is_bare)}
        owners = {key for key, value in asked.arguments.items() if before.get(key) != value}
        hidden = {
            key: value
            for key, value in before.items()
            if key not in known and not any(key.startswith(f"{owner}.") for owner in owners)
        }
        needed = {field.name: field.value for field in fields.values() if field.is_required and field.value}
        return {**needed, **hidden, **asked.arguments}


def _is_bare(name: str, arguments: Mapping[str, str]) -> bool:
    """Return whether an object is `segmentation` with nothing but a matte."""
    return name == SEGMENTATION and all(key.partition(".")[0] == "matte" for key in arguments)


def _read_object(given: Any) -> _Asked:
    if not isinstance(given, Mapping) or {*given} - {"place", "name", "arguments"}:
        raise RefusedError(400, "an object must have a name, and may have a place and arguments")
    place, arguments = given.get("place"), given.get("arguments", {})
    if place is not None and (isinstance(place, bool) or not isinstance(place, int)):
        raise RefusedError(400, "the place of an object must be a whole number")
    if not isinstance(arguments, Mapping):
        raise RefusedError(400, "arguments must be an object of names and texts")
    for key, value in arguments.items():
        if len(check_text(key[:80], value)) > _MOST_LETTERS or not value.isprintable():
            raise RefusedError(400, f"{key[:80]} must be a text of one line, of at most {_MOST_LETTERS} letters")
    return _Asked(place, check_text("name", given.get("name")), arguments)


def _describe_field(field: Field, given: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": field.name,
        "kind": field.kind,
        "value": field.value,
        "given": field.name in given,
        "choices": list(field.choices),
        "text": field.text,
    }
