"""Runs the server until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import ssl
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web

from ..errors import ArgumentError, OutputError, reason
from ..run.interrupts import EXIT_CODES
from .app import make_app
from .look import ChainMaker
from .options import WebOptions

_logger = logging.getLogger(__name__)

# How long requests that are under way may take when the server ends, twice: a player that is paused holds one for ever.
_LAST_SECONDS = 2.0
_BACKLOG = 128


def serve(
    options: WebOptions, maker: ChainMaker, on_ready: Callable[[str], object], on_end: Callable[[], object]
) -> int:
    """Serve the page until Ctrl-C or SIGTERM; call it in the main thread.

    The first signal ends sessions and jobs in order and removes all files, a second one ends the process at once.

    Args:
        options: Where and within which limits.
        maker: Makes the objects of each chain.
        on_ready: Called with the address of the page as soon as it can be opened.
        on_end: Called when the first signal has come.

    Returns:
        The exit code: 130 after Ctrl-C, 143 after SIGTERM.

    Raises:
        ArgumentError: If the certificate cannot be used.
        OutputError: If the address or the port cannot be used.
    """
    tls = _load_tls(options)
    return asyncio.run(_serve(options, maker, tls, on_ready, on_end))


async def _serve(
    options: WebOptions,
    maker: ChainMaker,
    tls: ssl.SSLContext | None,
    on_ready: Callable[[str], object],
    on_end: Callable[[], object],
) -> int:
    ended = _Ending(asyncio.get_running_loop())
    with ended:
        app = make_app(options, maker)
        runner = web.AppRunner(app, access_log=None, logger=_logger, shutdown_timeout=_LAST_SECONDS)
        try:
            await runner.setup()
            site = web.TCPSite(runner, options.host, options.port, ssl_context=tls, backlog=_BACKLOG)
            try:
                await site.start()
            except (OSError, OverflowError) as error:
                raise OutputError(_explain(options, error)) from error
            port = runner.addresses[0][1]
            on_ready(_make_address(options, port))
            name = await ended.wait()
            _logger.info("%s: the server ends", name)
            on_end()
        finally:
            await runner.cleanup()
    return EXIT_CODES[name]


class _Ending:
    """Waits for a signal; a second one ends the process at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._came = loop, loop.create_future()
        self._before: dict[int, Any] = {}
        self._count = 0

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def _note(self, number: int, frame: object) -> None:
        self._count += 1
        name = signal.Signals(number).name
        if self._count > 1:
            sys.stdout.flush()
            os._exit(EXIT_CODES[name])
        self._loop.call_soon_threadsafe(self._came.set_result, name)

    async def wait(self) -> str:
        """Return the name of the signal that came."""
        name: str = await self._came
        return name


def _load_tls(options: WebOptions) -> ssl.SSLContext | None:
    if options.certificate is None:
        return None
    for name, path in (("certificate", options.certificate), ("key", options.key)):
        if path is not None and not os.path.isfile(path):
            raise ArgumentError(f"the {name} {path} is no file: give one in the format PEM")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(options.certificate, options.key, password=_refuse_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        both = f"{options.certificate} and {options.key}" if options.key else options.certificate
        raise ArgumentError(
            f"{both} cannot be used for TLS ({reason(error)}): give a certificate and its key in the format PEM, "
            "the key without a password"
        ) from error
    return context


def _refuse_password() -> str:
    raise ValueError("the key has a password")


def _explain(options: WebOptions, error: Exception) -> str:
    place = f"{options.host}, port {options.port}"
    number = error.errno if isinstance(error, OSError) else None
    why = os.strerror(number) if number is not None and number > 0 else reason(error)
    return f"cannot listen at {place} ({why}): choose another --port or --host, or end what uses it"


def _make_address(options: WebOptions, port: int) -> str:
    """Return the address to open: with the token, which the page takes out of the address bar."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)  # noqa: S104 (no address to open)
    scheme = "http" if options.certificate is None else "https"
    own = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    query = "" if options.token is None else f"?token={quote(options.token, safe='')}"
    return f"{options.origin or own}/{query}"
