"""What the requests of the page say."""

from __future__ import annotations

import json
import math
from typing import Any

from aiohttp import web

from .refused import RefusedError

MAX_JSON = 1 << 16
"""The most bytes of a request that is no upload."""

_SHOWN = 40


async def read_json(request: web.Request, *names: str) -> dict[str, Any]:
    """Return the JSON object that a request brings.

    Args:
        request: The request.
        names: The names that it may have.

    Raises:
        RefusedError: If it is none, or has other names.
    """
    if request.content_type != "application/json":
        raise RefusedError(400, "send JSON, with Content-Type: application/json")
    if (request.content_length or 0) > MAX_JSON:  # The rest of the connection is not read.
        raise RefusedError(413, f"a request may have {MAX_JSON} bytes of JSON, this one has {request.content_length}")
    try:
        answer: Any = json.loads(await request.read(), parse_constant=_refuse_constant)
    except web.HTTPRequestEntityTooLarge:
        raise RefusedError(413, f"a request may have {MAX_JSON} bytes of JSON, this one has more") from None
    except (ValueError, RecursionError):
        raise RefusedError(400, "this is no JSON that can be read") from None
    if not isinstance(answer, dict):
        raise RefusedError(400, f"send a JSON object with {_list(names)}, this is {_describe(answer)}")
    unknown = [name for name in answer if name not in names]
    if unknown:
        raise RefusedError(400, f"there is no {_cut(unknown[0])!r} in this request: it may have {_list(names)}")
    return answer


def check_text(name: str, value: Any) -> str:
    """Return a value that is text.

    Raises:
        RefusedError: If it is not.
    """
    if not isinstance(value, str):
        raise RefusedError(400, f"{name} must be text, this is {_describe(value)}")
    return value


def check_finite(name: str, value: Any) -> float:
    """Return a value that is a finite number.

    Raises:
        RefusedError: If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedError(400, f"{name} must be a number, this is {_describe(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RefusedError(400, f"{name} must be a finite number")
    return number


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _list(names: tuple[str, ...]) -> str:
    return " and ".join(names) or "nothing in it"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _describe(value: Any) -> str:
    if value is None:
        return "null"
    kinds: dict[type, str] = {bool: "true or false", str: "text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")
