"""`framechain doctor`: what this machine has, and what to do about what is missing."""

from __future__ import annotations

import argparse
import shutil
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from ..doctor.check import Check, Outcome
from ..doctor.diagnosis import BENCHMARK, CHECKS, diagnose
from ..doctor.report import format_outcome, format_summary, make_json, wants_colours
from .parsing import Parser
from .printing import print_line, report

_INTERRUPTED = 130


def build_doctor_parser(prog: str | None = None) -> argparse.ArgumentParser:
    """Make the parser of `framechain doctor`.

    Args:
        prog: The program's name in the help.

    Returns:
        A parser.
    """
    parser = Parser(
        prog=prog,
        description="Look at what this machine has for framechain, say what that means and what to do, and measure for "
        "about five seconds what it can hold live. Nothing is changed or sent, and nothing private is printed.",
        epilog="exit codes: 0 nothing is broken, 1 there is a problem, 2 wrong arguments, 130 Ctrl-C",
    )
    # What `Parser` takes for files, of which there are none here.
    parser.set_defaults(input=None)
    parser.add_argument("--json", action="store_true", help="print all that was found as JSON, for a bug report")
    parser.add_argument("--no-benchmark", dest="benchmark", action="store_false", help="measure nothing")
    return parser


def run_doctor(words: Sequence[str]) -> int:
    """Look at this machine and print what was found.

    Args:
        words: The arguments after the word `doctor`.

    Returns:
        The exit code: 0 nothing is broken, 1 there is a problem, 2 wrong arguments, 130 Ctrl-C.
    """
    parser = build_doctor_parser()
    parser.prog = f"{parser.prog} doctor"
    options = parser.parse_args(words)
    if options.inputs != [None]:
        parser.error(f"unrecognized arguments: {' '.join(options.inputs[1:])}")
    warnings.simplefilter("ignore")  # Libraries warn when they are imported; a line says what matters.
    width, colours = shutil.get_terminal_size().columns, wants_colours(sys.stdout)

    def print_outcome(outcome: Outcome) -> None:
        if not options.json:
            print_line(format_outcome(outcome, width=width, colours=colours), sys.stdout)

    def announce(check: Check[Any]) -> None:
        if check is BENCHMARK and not options.json:
            print_line("\nmeasuring for about five seconds ...", sys.stdout)

    checks = (*CHECKS, BENCHMARK) if options.benchmark else CHECKS
    try:
        diagnosis = diagnose(checks, on_begin=announce, on_outcome=print_outcome)
    except KeyboardInterrupt:
        report(parser.prog, "interrupted")
        return _INTERRUPTED
    if options.json:
        print_line(make_json(diagnosis), sys.stdout)
    else:
        python = "python " if ".py " in parser.prog else ""
        print_line(f"\n{format_summary(diagnosis)}\nfor a bug report: {python}{parser.prog} --json", sys.stdout)
    return 1 if diagnosis.count("problem") else 0
