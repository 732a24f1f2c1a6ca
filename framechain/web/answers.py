"""What all answers of the server have: headers that protect the visitor, and errors as one sentence."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from ..errors import FramechainError
from .refused import RefusedError
from .transfer.names import hide_paths

_logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    # Everything comes from this server, as files; nothing inline, and no other page may show this one in a frame.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(self), fullscreen=(self), clipboard-write=(self), "
    "geolocation=(), display-capture=(), usb=(), serial=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "framechain",
}

_SENTENCES = {
    400: "this request cannot be read",
    404: "there is nothing at this address",
    405: "this address does not take {method}",
    413: "this request is too large",
    416: "there is no such part of this file",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers; the application calls it for each answer, also for files, WebSockets and errors."""
    response.headers.update(HEADERS)
    # What a visitor made stays in no cache; the page itself is asked for again, as it may be of a newer version.
    response.headers["Cache-Control"] = "no-store" if request.path.startswith("/api") else "no-cache"


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer an error with a sentence that says nothing of the inside of the server."""
    try:
        return await handler(request)
    except RefusedError as error:
        return make_error(error.status, str(error), request)
    except FramechainError as error:
        return make_error(400, hide_paths(str(error)), request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        sentence = _SENTENCES.get(error.status, f"this request failed: {error.reason}")
        answer = make_error(error.status, sentence.format(method=request.method), request)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except web.RequestPayloadError:  # Such as a body that is not compressed as it says.
        return make_error(400, _SENTENCES[400], request)
    except ConnectionError:  # The visitor has gone.
        raise
    except (Exception, SystemExit):  # A chain's file may call sys.exit, which would end the server.
        _logger.exception("%s %s failed", request.method, request.path)
        return make_error(500, "the server made a mistake; its log says more", request)


def make_error(status: int, sentence: str, request: web.Request) -> web.Response:
    """Return the answer of an error.

    Raises:
        ConnectionResetError: If a part of another answer was sent: it must not be taken for complete.
    """
    if request.writer.output_size:
        raise ConnectionResetError(sentence)
    return web.json_response({"error": sentence}, status=status)
