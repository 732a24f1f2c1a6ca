"""The lines that the command line prints after a run."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping, Sequence

from ..run.result import RunResult


def summarise(result: RunResult, sinks: Sequence[str] = ()) -> str:
    """Return one line that says what was made.

    Args:
        result: The result of a run.
        sinks: The names of the sinks that got the frames.

    Returns:
        A line such as "wrote clip_out.mp4: 150 frames in 1.2 s, 125 frames/s".
    """
    frames = f"{result.frames_processed} frame{'s' if result.frames_processed != 1 else ''}"
    rate = f", {result.frames_per_second:.0f} frames/s" if result.frames_processed > 1 else ""
    dropped = f", {result.dropped} dropped" if result.dropped else ""
    left_out = f", {result.skipped} left out" if result.skipped else ""
    by = "" if result.stopped == "stop" else f" by {result.stopped}"
    stopped = f" (stopped{by})" if result.stopped else ""
    nowhere = f"given to {' and '.join(sinks)}: " if sinks else "nothing written: "
    made = f"wrote {result.output_path}: " if result.output_path else nowhere
    return f"{made}{frames} in {result.seconds:.1f} s{rate}{dropped}{left_out}{stopped}"


def make_tuned_command(parser: argparse.ArgumentParser, arguments: Sequence[str], tuned: Mapping[str, float]) -> str:
    """Return the command line that gives the tuned values without trackbars.

    `--show` takes the place of `--tune`, and the values follow at the end, where they overrule earlier ones.

    Args:
        parser: The parser of the arguments.
        arguments: The arguments that were given.
        tuned: The tuned values by name; those that are no option are left out.

    Returns:
        A line for a shell.
    """
    options = vars(parser.parse_args([]))
    kept = ["--show" if word == "--tune" else word for word in arguments]
    values = [
        word
        for name, value in tuned.items()
        if name.replace("-", "_") in options
        for word in (f"--{name}", f"{value:g}")
    ]
    program = ["python"] * parser.prog.endswith(".py") + [parser.prog]
    return shlex.join([*program, *kept, *values])
