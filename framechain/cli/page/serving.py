"""`framechain serve`: the page."""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import sys
import threading
import webbrowser
from collections.abc import Sequence
from dataclasses import replace

from ...errors import ArgumentError, DependencyError
from ...files.paths import is_remote
from ...run.interrupts import EXIT_CODES
from ...web.options import WebOptions
from ..arguments import add_matte_options, add_result_options
from ..builders import Part, make_camera_options, parse_input
from ..camera_arguments import add_camera_options
from ..parsing import Parser, parse_bytes
from ..printing import print_line, report, report_error, show_warnings, start_log
from .look_maker import LookMaker

_DEFAULTS = WebOptions()
_TOKEN_BYTES = 18
_LIBRARIES = ("aiohttp", "aiortc", "aioice", "asyncio")


def build_serve_parser(prog: str | None = None) -> argparse.ArgumentParser:
    """Make the parser of `framechain serve`.

    Args:
        prog: The program's name in the help.

    Returns:
        A parser.
    """
    parser = Parser(
        prog=prog,
        description="Open a page in the browser: its camera, or a camera of this machine, and files through the chain.",
    )
    parser.add_argument(
        "input",
        nargs="?",
        metavar="INPUT",
        help="a camera of this machine's, by its number or URL (default: the camera of the browser)",
    )
    group = parser.add_argument_group("the server")
    group.add_argument(
        "--host",
        default=_DEFAULTS.host,
        help=f"address to listen at (default: {_DEFAULTS.host}, this machine alone; 0.0.0.0: all networks)",
    )
    group.add_argument(
        "--port", type=int, default=_DEFAULTS.port, help=f"port; 0: a free one (default: {_DEFAULTS.port})"
    )
    group.add_argument(
        "--token",
        metavar="TEXT",
        help="what visitors must know (default: none for this machine alone, else one is made)",
    )
    group.add_argument(
        "--cert", metavar="FILE", help="TLS certificate (PEM): without TLS, other machines give no camera"
    )
    group.add_argument("--key", metavar="FILE", help="its key (PEM), if it is in a file of its own")
    group.add_argument(
        "--origin", metavar="URL", help="address that browsers use, if the server is behind a proxy: https://host"
    )
    group.add_argument("--no-browser", dest="browser", action="store_false", help="open no browser")
    group = parser.add_argument_group("limits")
    group.add_argument(
        "--max-upload",
        type=parse_bytes,
        default=_DEFAULTS.max_upload,
        metavar="SIZE",
        help="size of one upload, such as 500M (default: 2G)",
    )
    group.add_argument(
        "--max-storage",
        type=parse_bytes,
        default=_DEFAULTS.max_storage,
        metavar="SIZE",
        help="size of all that is kept for all visitors (default: 20G)",
    )
    group.add_argument(
        "--max-jobs",
        type=int,
        default=_DEFAULTS.max_jobs,
        metavar="N",
        help=f"files that wait or are processed (default: {_DEFAULTS.max_jobs})",
    )
    group.add_argument(
        "--max-sessions",
        type=int,
        default=_DEFAULTS.max_sessions,
        metavar="N",
        help=f"live views at a time (default: {_DEFAULTS.max_sessions}, by the number of cores)",
    )
    group.add_argument(
        "--keep-minutes",
        type=float,
        default=_DEFAULTS.keep_minutes,
        metavar="N",
        help=f"minutes that results are kept (default: {_DEFAULTS.keep_minutes:g})",
    )
    add_result_options(parser.add_argument_group("the result"))
    add_matte_options(parser.add_argument_group("the foreground"))
    add_camera_options(parser.add_argument_group("a camera of this machine's"))
    group = parser.add_argument_group("the run")
    group.add_argument("--quiet", action="store_true", help="print only the address, warnings and errors")
    group.add_argument(
        "-v", "--verbose", action="count", default=0, help="print on stderr what the server does; -vv: more details"
    )
    return parser


def serve_page(words: Sequence[str], parts: Sequence[Part]) -> int:
    """Serve the page until Ctrl-C.

    Args:
        words: The arguments after the word `serve`.
        parts: Make the chain's objects from the parsed arguments, in order.

    Returns:
        The exit code: 1 failed, 2 wrong arguments, 130 and 143 ended by SIGINT and SIGTERM.
    """
    parser = build_serve_parser()
    program = parser.prog
    parser.prog = f"{program} serve"
    options = parser.parse_args(words)
    show_warnings(parser.prog)
    start_log(options.verbose)
    for name in _LIBRARIES:
        if not logging.getLogger(name).handlers:  # Python prints the warnings of logs that nobody handles.
            logging.getLogger(name).addHandler(logging.NullHandler())
        start_log(options.verbose, name)
    try:
        return _serve(options, parts, program, parser.prog)
    except KeyboardInterrupt:  # It came before the server ran.
        return EXIT_CODES["SIGINT"]
    except Exception as error:
        return report_error(parser.prog, error)


def _serve(options: argparse.Namespace, parts: Sequence[Part], program: str, prog: str) -> int:
    try:
        from ...web.serve import serve
    except ImportError as error:
        raise DependencyError(
            f"the page needs aiohttp and aiortc, which cannot be imported ({error}): pip install 'framechain[web]', "
            "or pip install aiohttp aiortc"
        ) from error
    web_options = make_web_options(options)

    def show(address: str) -> None:
        if not (web_options.is_loopback or web_options.certificate or web_options.origin):
            advice = "give --cert and --key, or use files"
            report(prog, f"warning: browsers on other machines give no camera without TLS: {advice}")
        print_line(f"the page is at {address}", sys.stdout)
        if not options.quiet:
            print_line("Ctrl-C ends it", sys.stdout)
        if options.browser and _has_screen():
            # A browser that is started from here may keep its caller waiting.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    def bid_farewell() -> None:
        if not options.quiet:
            print_line("ending live views and jobs; Ctrl-C again ends at once", sys.stdout)

    return serve(web_options, LookMaker(options, parts, program), show, bid_farewell)


def make_web_options(options: argparse.Namespace) -> WebOptions:
    """Return the limits of the server and where it listens.

    Args:
        options: The parsed arguments of `framechain serve`.

    Raises:
        ArgumentError: If an argument cannot be used.
    """
    if len(options.inputs) > 1:
        raise ArgumentError(f"serve shows one camera, got {' and '.join(options.inputs)}")
    made = WebOptions(
        host=options.host,
        port=options.port,
        origin=None if options.origin is None else options.origin.rstrip("/"),
        token=options.token,
        certificate=options.cert,
        key=options.key,
        camera=None if options.input is None else _parse_camera(options.input),
        camera_options=make_camera_options(options),
        max_upload=options.max_upload,
        max_storage=options.max_storage,
        max_jobs=options.max_jobs,
        max_sessions=options.max_sessions,
        keep_minutes=options.keep_minutes,
    )
    return replace(made, token=secrets.token_urlsafe(_TOKEN_BYTES)) if made.needs_token and not made.token else made


def _parse_camera(text: str) -> int | str:
    found = parse_input(text)
    if "webcam_id" in found:
        camera: int | str = found["webcam_id"]
        return camera
    if is_remote(text):  # Its server says later whether it is live.
        return text
    raise ArgumentError(
        f"serve shows a camera, and {text} is none: give a camera's number or URL, and drop files on the page"
    )


def _has_screen() -> bool:
    """Return whether a browser would have a window: without one, a browser for terminals would be opened."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
