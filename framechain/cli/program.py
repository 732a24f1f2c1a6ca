"""The program behind `python main.py` and `framechain`: runs the engine, prints what was made, sets the exit code."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from ..basics.tunables import read_tunables
from ..batch.record import Record
from ..batch.report import BatchResult
from ..chain import Chain
from ..errors import DisplayError, FramechainError, Interrupted, Terminated
from ..plugins.component import split_text
from ..run.interrupts import EXIT_CODES, Interrupts
from ..run.result import RunResult
from ..sinks.x_display import ADVICE
from .arguments import build_parser
from .batches import is_batch, run_batch
from .builders import Part, make_engine, make_frame_rate, make_replacement
from .chain_files import apply_chain_file, save_chain
from .chains import make_objects
from .parsing import Unasked
from .printing import print_line, report, report_error, show_warnings, start_log
from .summary import make_tuned_command, summarise

_WITHOUT_SCREEN = "record with --output FILE, or stream with --stream-to URL"


def main(arguments: Sequence[str] | None = None, *, parts: Sequence[Part] = (make_replacement, make_frame_rate)) -> int:
    """Run the command line.

    Args:
        arguments: The arguments; those of the process if not given. The first may be the word `serve`, `objects`,
            `doctor` or `anonymize`.
        parts: Functions that make the chain's objects from the parsed arguments, in order.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong arguments, 130 and 143 stopped by SIGINT and SIGTERM.
    """
    if arguments is None and "_ARGCOMPLETE" in os.environ:  # The shell asks for the ends of a word.
        from .completion import complete

        return complete()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["serve"]:
        from .page.serving import serve_page

        return serve_page(words[1:], parts)
    if words[:1] == ["objects"]:
        from .listing import list_components

        return list_components(words[1:])
    if words[:1] == ["doctor"]:
        from .diagnosis import run_doctor

        return run_doctor(words[1:])
    if words[:1] == ["anonymize"]:
        from .anonymizing import run_anonymize

        return run_anonymize(words[1:])
    parser = build_parser()
    options = parser.parse_args(words)
    show_warnings(parser.prog)
    start_log(options.verbose)

    def print_tuned(values: Mapping[str, float]) -> None:
        print_line(make_tuned_command(parser, words, values), sys.stdout)

    with Interrupts() as interrupts:
        try:
            options = apply_chain_file(parser, words, options)
            if options.save_chain:
                save_chain(options, parts)
                if isinstance(options.input, Unasked):
                    return 0
            if is_batch(options):
                return _run_batch(options, parts, parser.prog)
            result = _run(options, parts, interrupts, print_tuned)
            if not options.quiet:
                print_line(summarise(result, [split_text(text)[0] for text in options.sinks]), sys.stdout)
            if result.tuned:
                print_tuned(result.tuned)
            return EXIT_CODES.get(result.stopped or "", 0)
        except (KeyboardInterrupt, SystemExit) as error:
            if interrupts.signal is None and isinstance(error, SystemExit):  # An object raised it.
                raise
            report(parser.prog, "interrupted, nothing was written")
            return EXIT_CODES[interrupts.signal or "SIGINT"]
        except Exception as error:
            return report_error(parser.prog, error)


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
    objects = make_objects(options, parts)
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
            print_line(": ".join(filter(None, (record.state, record.input, record.message))), sys.stdout)

    objects = make_objects(options, parts)
    try:
        result: BatchResult | Any = run_batch(options, objects, print_record)
    except (Interrupted, Terminated) as stopped:
        result = stopped.result
    if options.report:
        result.write(options.report)
    if not options.quiet:
        print_line(str(result), sys.stdout)
    for record in result.failed if options.quiet else ():
        report(prog, record.message)
    return EXIT_CODES.get(result.stopped or "", 1 if result.failed else 0)
