"""What the page shows before anything runs: the chain, its numbers and keys, the look, and the command that does it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from .. import __version__
from ..basics.arguments import to_python
from ..basics.tunables import Tunable
from ..chain import Chain
from ..errors import FramechainError
from ..files.paths import hide_password
from .backgrounds import Backgrounds
from .look import ChainMaker, Look, LookKey
from .objects import Objects
from .options import WebOptions
from .refused import RefusedError
from .requests import check_finite, check_text, read_json
from .visitors import VISITOR, Visitor

_KEPT_DESCRIPTIONS = 32
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class _Described:
    """An object of the chain.

    Attributes:
        name: Its name.
        tunables: Its numbers, as in /api/state.
        keys: The keys that it uses and what each does.
    """

    name: str
    tunables: Sequence[Mapping[str, Any]]
    keys: Mapping[str, str]

    def as_json(self, values: Mapping[str, float]) -> dict[str, Any]:
        return {
            "name": self.name,
            "tunables": [{**number, "value": values.get(number["name"], number["value"])} for number in self.tunables],
            "keys": [{"key": key, "does": does} for key, does in self.keys.items()],
        }


class State:
    """Tells the page what the chain of a visitor is, and changes it."""

    def __init__(self, options: WebOptions, maker: ChainMaker, backgrounds: Backgrounds) -> None:
        """Describe a server.

        Args:
            options: Its limits.
            maker: Makes the objects that are described.
            backgrounds: What can be chosen.
        """
        self._options, self._maker, self._backgrounds = options, maker, backgrounds
        self._objects = Objects(maker, self._describe_values)
        self._instance = secrets.token_hex(8)
        self._described: OrderedDict[LookKey, list[_Described]] = OrderedDict()
        self._describing = asyncio.Lock()

    def join(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/state", self._give_state)
        app.router.add_post("/api/look", self._change_look)
        app.router.add_post("/api/look/reset", self._reset_look)
        app.router.add_get("/api/command", self._give_command)
        self._objects.join(app)

    async def _give_state(self, request: web.Request) -> web.Response:
        visitor, options = request[VISITOR], self._options
        described = await self._describe(visitor.look)
        camera = options.camera
        return web.json_response(
            {
                "version": __version__,
                "instance": self._instance,
                "camera": None if camera is None else hide_password(str(camera)),
                "chain": self._maker.chain,
                "limits": {
                    "upload": options.max_upload,
                    "minutes": options.keep_minutes,
                    "sessions": options.max_sessions,
                    "jobs": options.max_jobs,
                },
                "look": visitor.look.as_json(),
                "backgrounds": self._backgrounds.describe(visitor),
                "objects": [thing.as_json(visitor.look.values) for thing in described],
                "has_background": self._maker.shows_background(visitor.look),
                "list": await self._objects.describe(visitor.look),
            }
        )

    async def _change_look(self, request: web.Request) -> web.Response:
        asked = await read_json(request, "background", "values")
        visitor = request[VISITOR]
        look = self._choose(visitor, asked)
        described = await self._describe(look)
        given = asked.get("values", {})
        if not isinstance(given, dict):
            raise RefusedError(400, "values must be an object of names and numbers")
        tunables = {number["name"]: number for thing in described for number in thing.tunables}
        values = {name: _check_value(tunables, name, value) for name, value in given.items()}
        # The look may have changed meanwhile.
        look = self._choose(visitor, asked)
        visitor.set_look(replace(look, values={**look.values, **values}))
        return web.json_response({"look": visitor.look.as_json()})

    def _choose(self, visitor: Visitor, asked: Mapping[str, Any]) -> Look:
        if "background" not in asked:
            return visitor.look
        return self._backgrounds.choose(visitor, check_text("background", asked["background"]), visitor.look)

    async def _reset_look(self, request: web.Request) -> web.Response:
        visitor = request[VISITOR]
        visitor.set_look(self._backgrounds.first_look)
        return web.json_response({"look": visitor.look.as_json()})

    async def _give_command(self, request: web.Request) -> web.Response:
        source = request.query.get("input", "") or "clip.mp4"
        if len(source) > _LONGEST_NAME or not source.isprintable():
            raise RefusedError(400, f"input must be a name of at most {_LONGEST_NAME} letters")
        look = request[VISITOR].look
        command, program = await asyncio.to_thread(
            lambda: (self._maker.make_command(look, source), self._maker.make_program(look, source))
        )
        return web.json_response({"command": command, "python": program})

    async def _describe(self, look: Look) -> list[_Described]:
        """Describe the objects of a look: their numbers and keys."""
        async with self._describing:  # One chain at a time: it may take a model and a large image.
            if look.key not in self._described:
                self._described[look.key] = await asyncio.to_thread(_describe_objects, self._maker, look.bare)
        found = self._described[look.key]
        self._described.move_to_end(look.key)
        while len(self._described) > _KEPT_DESCRIPTIONS:
            self._described.popitem(last=False)
        return found

    async def _describe_values(self, look: Look) -> dict[str, float]:
        """Return what the numbers of a look are before its values are set, by name."""
        return {number["name"]: number["value"] for thing in await self._describe(look) for number in thing.tunables}


def _describe_objects(maker: ChainMaker, look: Look) -> list[_Described]:
    chain = Chain(maker.make_objects(look))
    try:
        seen: set[str] = set()
        return [
            _Described(
                thing.name,
                [_describe_tunable(number) for number in thing.tunables if _is_slider(number, seen)],
                dict(thing.keys),
            )
            for thing in chain.adapted
        ]
    finally:
        with contextlib.suppress(FramechainError):
            chain.close()


def _is_slider(tunable: Tunable, seen: set[str]) -> bool:
    """Return whether a number can have a slider; of several of one name the first counts."""
    is_first = tunable.name not in seen
    seen.add(tunable.name)
    # JSON has no infinite numbers, and no slider has either.
    return is_first and all(math.isfinite(number) for number in (tunable.minimum, tunable.maximum, tunable.get()))


def _describe_tunable(tunable: Tunable) -> dict[str, Any]:
    return {
        "name": tunable.name,
        "value": to_python(tunable.get()),
        "minimum": tunable.minimum,
        "maximum": tunable.maximum,
        "step": tunable.step,
    }


def _check_value(tunables: Mapping[str, Mapping[str, Any]], name: str, value: Any) -> float:
    """Return a value that a tunable takes: on its steps if they are whole numbers, as those of `Tunable.turn`."""
    tunable = tunables.get(name)
    if tunable is None:
        raise RefusedError(400, f"no object of the chain has {name[:40]!r}: choose {', '.join(tunables) or 'nothing'}")
    number = check_finite(name, value)
    low, high, step = tunable["minimum"], tunable["maximum"], tunable["step"]
    if not low <= number <= high:
        raise RefusedError(400, f"{name} must be from {low:g} to {high:g}, this is {number:g}")
    if isinstance(step, int):
        return int(min(low + round((number - low) / step) * step, high))
    return round(number, 6)
