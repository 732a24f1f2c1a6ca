"""`framechain anonymize`: clips in which no face can be recognised."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..anonymizing.anonymize import THRESHOLD, AnonymizeResult, anonymize
from ..basics.timecode import parse_time
from ..batch.inputs import Job, find_jobs
from ..errors import ArgumentError, Interrupted, Terminated
from ..faces.cover import WAYS
from ..files.paths import is_remote
from ..options import Encoding
from ..plugins.convert import parse_colour
from ..run.interrupts import EXIT_CODES, Interrupts
from .parsing import Parser
from .printing import print_line, report, report_error, show_warnings, start_log
from .summary import summarise

_ENCODING = Encoding()
_EXTENSION = "anonymized"


def build_anonymize_parser(prog: str | None = None) -> argparse.ArgumentParser:
    """Make the parser of `framechain anonymize`.

    Args:
        prog: The program's name in the help.

    Returns:
        A parser.
    """
    parser = Parser(
        prog=prog,
        description="Cover every face of videos and images, in two passes: one looks, the other one covers.",
        epilog="The report shows faces and says where they are: it is as private as the source.",
    )
    parser.add_argument(
        "input", metavar="INPUT", help="video or image; also several, folders, and patterns such as 'in/*.mp4'"
    )
    _add_cover_options(parser.add_argument_group("the cover"))
    _add_look_options(parser.add_argument_group("what is covered"))
    _add_output_options(parser.add_argument_group("the output"))
    return parser


def _add_cover_options(group: argparse._ArgumentGroup) -> None:
    ways = ", ".join(way for way in WAYS if way != "picture")
    group.add_argument(
        "--cover",
        metavar="HOW",
        help=f"what hides a face: {ways}, or an image file (default: blur; with --edit what the report says)",
    )
    group.add_argument("--size", type=float, metavar="X", help="the cover's size as a factor (default: 1)")
    group.add_argument("--colour", "--color", metavar="#RRGGBB", help="the colour of --cover solid (default: black)")


def _add_look_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--threshold",
        type=float,
        metavar="T",
        help=f"0.1 to 1: a lower one covers more that is no face (default: {THRESHOLD:g})",
    )
    group.add_argument(
        "--drop-shorter-than",
        type=int,
        metavar="N",
        help="leave faces uncovered that were seen in fewer than N frames (default: 0)",
    )
    group.add_argument("--edit", metavar="FILE", help="render again what this corrected report (JSON) says")


def _add_output_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-o",
        "--output",
        dest="output_path",
        metavar="FILE",
        help=f"where to write (default: next to the input, as clip_{_EXTENSION}.mp4); for several inputs a folder",
    )
    group.add_argument(
        "--report", metavar="FILE", help="the report (default: next to the output, .json and the page .html)"
    )
    group.add_argument("--no-report", action="store_true", help="write none: it shows faces")
    group.add_argument("--start", metavar="TIME", help="where the output begins, such as 0:03 or 2.5s")
    group.add_argument("--end", metavar="TIME", help="where it ends")
    group.add_argument("--codec", metavar="NAME", help="video encoder by FFmpeg's name (default: libx264)")
    group.add_argument("--preset", default=_ENCODING.preset, metavar="NAME", help="speed against size, as x264's")
    group.add_argument(
        "--crf", type=float, default=_ENCODING.crf, metavar="N", help=f"quality (default: {_ENCODING.crf:g})"
    )
    group.add_argument("--bitrate", metavar="RATE", help="bits per second such as 2500k, instead of --crf")
    group.add_argument("--no-audio", dest="audio", action="store_false", help="leave the audio out")
    group.add_argument(
        "--progress", action=argparse.BooleanOptionalAction, help="show a progress bar (default: on a terminal)"
    )
    group.add_argument("--quiet", action="store_true", help="print only warnings and errors")
    group.add_argument("-v", "--verbose", action="count", default=0, help="print on stderr what the run does")


def run_anonymize(words: Sequence[str]) -> int:
    """Run the subcommand.

    Args:
        words: The arguments after the word `anonymize`.

    Returns:
        The exit code.
    """
    parser = build_anonymize_parser()
    parser.prog = f"{parser.prog} anonymize"
    options = parser.parse_args(words)
    show_warnings(parser.prog)
    start_log(options.verbose)
    with Interrupts() as interrupts:
        try:
            jobs = find_jobs(options.inputs, options.output_path, extension=_EXTENSION).jobs
            arguments = _read_options(options, len(jobs))
            codes = [_run(job, arguments, options, parser.prog, several=len(jobs) > 1) for job in jobs]
            return max(codes, default=0)
        except (Interrupted, Terminated) as stopped:
            if not options.quiet:
                print_line(summarise(stopped.result), sys.stdout)
            return EXIT_CODES[interrupts.signal or stopped.result.stopped or "SIGINT"]
        except (KeyboardInterrupt, SystemExit):
            report(parser.prog, "interrupted, nothing was written")
            return EXIT_CODES[interrupts.signal or "SIGINT"]
        except Exception as error:
            return report_error(parser.prog, error)


def _read_options(options: argparse.Namespace, inputs: int) -> dict[str, Any]:
    """Return the arguments of `anonymize`.

    Raises:
        ArgumentError: If they do not fit together.
    """
    if not inputs:
        raise ArgumentError("there is no video or image among the inputs")
    if options.report and options.no_report:
        raise ArgumentError("--report and --no-report exclude each other: leave one of them out")
    for name in ("report", "edit"):
        if inputs > 1 and vars(options)[name]:
            raise ArgumentError(f"--{name} is for one input, and there are {inputs}: give one")
    is_way = options.cover is None or options.cover in WAYS
    if options.cover == "picture":
        raise ArgumentError("--cover picture: give the image file itself, such as --cover smiley.png")
    if not is_way and not os.path.isfile(options.cover):
        raise ArgumentError(
            f"--cover {options.cover} is neither {', '.join(WAYS[:-1])} nor an image file that is there"
        )
    return {
        "cover": options.cover if is_way else "picture",
        "picture": None if is_way else options.cover,
        "size": options.size,
        "colour": None if options.colour is None else parse_colour("--colour", options.colour),
        "threshold": options.threshold,
        "drop_shorter_than": options.drop_shorter_than,
        "report": False if options.no_report else options.report or True,
        "edit": options.edit,
        "start": None if options.start is None else parse_time("--start", options.start),
        "end": None if options.end is None else parse_time("--end", options.end),
        "encoding": Encoding(options.codec, options.preset, options.crf, options.bitrate),
        "audio": options.audio,
        "progress": False if options.quiet else options.progress,
    }


def _run(job: Job, arguments: dict[str, Any], options: argparse.Namespace, prog: str, *, several: bool) -> int:
    """Process one input; one of several that fails does not end the others."""
    try:
        folder = os.path.dirname(job.output)
        if several and folder and not is_remote(job.output):
            os.makedirs(folder, exist_ok=True)
        result = anonymize(job.input, job.output, **arguments)
    except Exception as error:
        if not several:
            raise
        return report_error(prog, error)
    if not options.quiet:
        print_line(_summarise(result), sys.stdout)
    return 0


def _summarise(result: AnonymizeResult) -> str:
    """Return the lines that say what was made, and what to look at."""
    line = summarise(replace(result.run, seconds=result.seconds))
    doubtful = len(result.tracks) - result.covered
    faces = f"{result.covered} {'track' if result.covered == 1 else 'tracks'} covered"
    line = f"{line}; {faces}{f', {doubtful} left uncovered' if doubtful else ''}"
    return line if result.page_path is None else f"{line}\ncheck it: {result.page_path} (it shows faces)"
