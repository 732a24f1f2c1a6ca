"""Who may ask what: host, origin, token, and which visitor it is."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import html
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from .answers import Handler
from .options import WebOptions
from .refused import RefusedError
from .visitors import VISITOR, Visitors

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_COOKIE_SECONDS = 30 * 24 * 3600
_LOOK_SECONDS = 5.0
_COOKIES = web.RequestKey("cookies", dict[str, str])

_DOCUMENT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">{refresh}
<title>framechain</title>
<p>{sentence}</p>
</html>
"""


class Guard:
    """Refuses what does not come from the page, and finds the visitor of what does."""

    def __init__(self, options: WebOptions, visitors: Visitors) -> None:
        """Guard a server.

        Args:
            options: Where it listens, and its token.
            visitors: Its visitors.
        """
        self._options, self._visitors = options, visitors
        self._token = None if options.token is None else options.token.encode()
        # Not the token itself; the same after a restart.
        self._pass = hmac.new(self._token or b"", b"framechain page", hashlib.sha256).hexdigest()

    def join(self, app: web.Application) -> None:
        """Look at each request, and for visitors who have gone."""
        app.middlewares.append(self.check)
        app.on_response_prepare.append(self._set_cookies)
        app.cleanup_ctx.append(self._remove_idle)

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request through or refuse it."""
        request[_COOKIES] = {}
        self._check_host(request)
        self._check_origin(request)
        if _comes_from_elsewhere(request):
            return self._greet(request)
        if self._token is not None and not self._knows_token(request, self._token):
            return self._ask_for_token(request)
        if self._token is not None and _brings_token(request):
            raise web.HTTPSeeOther("/")  # It stays neither in the address bar nor in bookmarks.
        if request.path != "/" and not request.path.startswith("/api/"):
            return await handler(request)
        name = _name_cookie("visitor", request)
        visitor = self._visitors.find(request.cookies.get(name))
        if visitor is None:
            visitor = await self._visitors.add()
            request[_COOKIES][name] = visitor.id
        request[VISITOR] = visitor
        visitor.requests += 1
        try:
            return await handler(request)
        finally:
            visitor.requests -= 1
            visitor.seen = self._visitors.clock()

    def _check_host(self, request: web.Request) -> None:
        """Refuse other names than ours: a name of another site's could be made to mean this machine (DNS rebinding)."""
        given = request.headers.getall(hdrs.HOST, [])
        try:
            parts = urlsplit(f"//{given[0] if len(given) == 1 else ''}")
            host = parts.hostname if (parts.port or 1) > 0 else None
        except ValueError:
            host = None
        if host is None:
            raise RefusedError(400, "a request must say which Host it is for")
        if not self._options.is_loopback and self._token is not None:
            return  # A machine has many names, and another site does not know the token.
        known = {*_LOOPBACK, self._options.host}
        if self._options.origin is not None:
            known.add(urlsplit(self._options.origin).hostname or "")
        if host not in known:
            raise RefusedError(403, "this server is not known by that name: use the address that it printed")

    def _check_origin(self, request: web.Request) -> None:
        """Refuse what another site's page asks for: a browser says which page asks."""
        if request.path.startswith("/api") and request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            raise RefusedError(403, "another site's page may not use this server")
        is_websocket = "websocket" in request.headers.get(hdrs.UPGRADE, "").lower()
        if request.method in _SAFE_METHODS and not is_websocket:
            return
        own = self._list_own_origins(request)
        origins = request.headers.getall(hdrs.ORIGIN, [])
        if not origins:
            # All browsers send it; a program can.
            raise RefusedError(403, f"the header Origin is missing: a program must send 'Origin: {own[0]}'")
        if len(origins) > 1 or origins[0].lower() not in own:
            raise RefusedError(
                403, "another site's page may not use this server; one that is behind a proxy needs --origin"
            )

    def _list_own_origins(self, request: web.Request) -> list[str]:
        """Return what a browser calls the origin of the page that a request must come from."""
        host = request.headers[hdrs.HOST].lower()
        own, proxy = f"{request.scheme}://{host}", self._options.origin
        if proxy is None:
            return [own]
        # Some proxies say that a request is for the name by which they know this server.
        is_loopback = urlsplit(own).hostname in _LOOPBACK
        return [proxy.lower(), own] if is_loopback else [proxy.lower()]

    def _knows_token(self, request: web.Request, token: bytes) -> bool:
        name = _name_cookie("token", request)
        if _brings_token(request):
            is_known = hmac.compare_digest(request.query["token"].encode(errors="replace"), token)
            if is_known:
                request[_COOKIES][name] = self._pass
            return is_known
        if hmac.compare_digest(request.cookies.get(name, "").encode(errors="replace"), self._pass.encode()):
            return True
        kind, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(errors="replace"), token)

    def _ask_for_token(self, request: web.Request) -> web.Response:
        sentence = "This server needs its token: open the address that framechain serve printed."
        if _is_visit(request):
            answer = _make_document(sentence, status=401)
        else:
            answer = web.json_response({"error": sentence}, status=401)
        answer.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
        return answer

    def _greet(self, request: web.Request) -> web.StreamResponse:
        """Answer who followed a link of another site: the browser sends our cookies only to links of our own."""
        if self._token is not None and _brings_token(request) and not self._knows_token(request, self._token):
            return self._ask_for_token(request)
        return _make_document("One moment ...", refreshes=True)

    async def _set_cookies(self, request: web.Request, response: web.StreamResponse) -> None:
        is_tls = request.scheme == "https" or (self._options.origin or "").startswith("https:")
        for name, value in request.get(_COOKIES, {}).items():
            # As a header: the answer's own cookies are among its headers already.
            cookie = f"{name}={value}; Max-Age={_COOKIE_SECONDS}; Path=/; HttpOnly; SameSite=Strict"
            response.headers.add(hdrs.SET_COOKIE, cookie + "; Secure" * is_tls)

    async def _remove_idle(self, app: web.Application) -> AsyncIterator[None]:
        async def look() -> None:
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                await self._visitors.remove_idle(60 * self._options.keep_minutes)

        task = asyncio.create_task(look())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _is_visit(request: web.Request) -> bool:
    return request.path == "/" and request.method == hdrs.METH_GET


def _brings_token(request: web.Request) -> bool:
    return _is_visit(request) and "token" in request.query


def _comes_from_elsewhere(request: web.Request) -> bool:
    return _is_visit(request) and request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def _name_cookie(what: str, request: web.Request) -> str:
    """Return the name of a cookie: browsers give those of one port to all ports of a host."""
    port = urlsplit(f"//{request.headers[hdrs.HOST]}").port
    return f"framechain-{what}-{port or request.scheme}"


def _make_document(sentence: str, *, status: int = 200, refreshes: bool = False) -> web.Response:
    tag = '\n<meta http-equiv="refresh" content="0;url=/">' if refreshes else ""
    text = _DOCUMENT.format(refresh=tag, sentence=html.escape(sentence))
    return web.Response(text=text, content_type="text/html", status=status)
