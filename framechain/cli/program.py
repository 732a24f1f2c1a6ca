"""The program behind `python main.py` and `framechain`: runs the engine, prints what was made, sets the exit code."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TextIO

from ..basics.tunables import read_tunables
from ..batch.record import Record
from ..batch.report import BatchResult
from ..chain import Chain
from ..errors import (
    ArgumentError,
    ArgumentTypeError,
    DisplayError,
    FramechainError,
    FramechainWarning,
    Interrupted,
    Terminated,
)
from ..run.interrupts import EXIT_CODES, Interrupts
from ..run.result import RunResult
from ..sinks.x_display import ADVICE
from .arguments import build_parser
from .batches import is_batch, run_batch
from .builders import Part, make_engine, make_frame_rate, make_replacement
from .summary import make_tuned_command, summarise

_WITHOUT_SCREEN = "record with --output FILE, or stream with --stream-to URL"
_TRACEBACK_VARIABLE = "FRAMECHAIN_TRACEBACK"


def main(arguments: Sequence[str] | None = None, *, parts: Sequence[Part] = (make_replacement, make_frame_rate)) -> int:
    """Run the command line.

    Args:
        arguments: The arguments; those of the process if not given.
        parts: Functions that make the chain's objects from the parsed arguments, in order.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong arguments, 130 and 143 stopped by SIGINT and SIGTERM.
    """
    parser = build_parser()
    options = parser.parse_args(arguments)
    warnings.simplefilter("always", FramechainWarning)
    warnings.showwarning = lambda message, *rest, **more: _report(parser.prog, f"warning: {message}")
    _start_log(options.verbose)

    def print_tuned(values: Mapping[str, float]) -> None:
        _print(make_tuned_command(parser, sys.argv[1:] if arguments is None else arguments, values), sys.stdout)

    with Interrupts() as interrupts:
        try:
            if is_batch(options):
                return _run_batch(options, parts, parser.prog)
            result = _run(options, parts, interrupts, print_tuned)
            if not options.quiet:
                _print(summarise(result), sys.stdout)
            if result.tuned:
                print_tuned(result.tuned)
            return EXIT_CODES.get(result.stopped or "", 0)
        except (ArgumentError, ArgumentTypeError) as error:
            _report(parser.prog, str(error))
            return 2
        except FramechainError as error:
            _report(parser.prog, str(error))
            return 1
        except (KeyboardInterrupt, SystemExit) as error:
            if interrupts.signal is None and isinstance(error, SystemExit):  # An object raised it.
                raise
            _report(parser.prog, "interrupted, nothing was written")
            return EXIT_CODES[interrupts.signal or "SIGINT"]
        except Exception as error:
            if os.environ.get(_TRACEBACK_VARIABLE):
                raise
            advice = f"set {_TRACEBACK_VARIABLE}=1 to see where"
            _report(parser.prog, f"unexpected {type(error).__name__}: {error} ({advice})")
            return 1


def leave(code: int) -> NoReturn:
    """End the process without waiting for a thread that hangs, such as in a camera's read.

    Args:
        code: The exit code.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):  # The work is done: there is nothing to interrupt.
            signal.signal(number, signal.SIG_IGN)
    if any(thread.name.startswith("framechain") for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, OSError, ValueError):  # There is none, or it is closed.
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _run(
    options: argparse.Namespace,
    parts: Sequence[Part],
    interrupts: Interrupts,
    print_tuned: Callable[[Mapping[str, float]], object],
) -> RunResult:
    objects = [thing for part in parts if (thing := part(options)) is not None]
    with interrupts.opening():  # A server may be asked whether its stream is live.
        engine = make_engine(options, objects)
    tunables = Chain(objects).tunables if options.tune else []
    before = read_tunables(tunables)
    try:
        return engine.run()
    except DisplayError as error:
        if options.show or options.tune:
            raise
        # The window of a camera is shown unasked.
        raise DisplayError(str(error).replace(ADVICE, _WITHOUT_SCREEN)) from error
    except (Interrupted, Terminated) as stopped:  # What was made is reported as any result; the code says the rest.
        return stopped.result
    except FramechainError:
        # The values that the viewer found are still of use if, for example, the camera was lost.
        if (values := read_tunables(tunables)) != before:
            print_tuned(values)
        raise


def _run_batch(options: argparse.Namespace, parts: Sequence[Part], prog: str) -> int:
    def print_record(record: Record) -> None:
        if not options.quiet:
            _print(": ".join(filter(None, (record.state, record.input, record.message))), sys.stdout)

    objects = [thing for part in parts if (thing := part(options)) is not None]
    try:
        result: BatchResult | Any = run_batch(options, objects, print_record)
    except (Interrupted, Terminated) as stopped:
        result = stopped.result
    if options.report:
        result.write(options.report)
    if not options.quiet:
        _print(str(result), sys.stdout)
    for record in result.failed if options.quiet else ():
        _report(prog, record.message)
    return EXIT_CODES.get(result.stopped or "", 1 if result.failed else 0)


def _start_log(verbosity: int) -> None:
    """Print the package's log on stderr, from INFO on, or from DEBUG on if asked twice."""
    log = logging.getLogger("framechain")
    for handler in [handler for handler in log.handlers if isinstance(handler, _LogHandler)]:
        log.removeHandler(handler)
    if not verbosity:
        return
    handler = _LogHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO if verbosity == 1 else logging.DEBUG)


class _LogHandler(logging.Handler):
    """Prints on the current stderr; a full disk or a closed pipe costs lines, not the run."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        _print(self.format(record), sys.stderr)


def _report(prog: str, message: str) -> None:
    _print(f"{prog}: {' '.join(message.split())}", sys.stderr)


def _print(line: str, file: TextIO | None) -> None:
    """Print a line if that is possible: a full disk or a closed pipe must not cost the output."""
    if file is None:  # Under pythonw.
        return
    try:
        print(line, file=file, flush=True)
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):  # Python would report the unwritten rest at its exit.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, file.fileno())
            os.close(nowhere)
