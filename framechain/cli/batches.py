"""Several inputs at once: from the arguments of the command line to one `Batch`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Any

from ..batch.batch import Batch
from ..batch.record import Record
from ..batch.report import BatchResult, check_report_path
from ..errors import ArgumentError
from ..files.paths import get_scheme, is_remote
from ..plugins.component import is_entry
from .builders import make_run_options

# What one run has and a batch has not.
_FOR_ONE = {
    "show": "show",
    "tune": "tune",
    "record": "record",
    "virtual_camera": "virtual-camera",
    "stream_to": "stream-to",
    "sinks": "sink",
}


def is_batch(options: argparse.Namespace) -> bool:
    """Return whether the arguments ask for a batch: several files, a folder, a pattern, or what only batches have.

    Args:
        options: The parsed arguments.
    """
    asked = options.workers or options.cluster or options.watch or options.report or options.force or options.fail_fast
    asked = asked or options.segments is not None or options.assume_history is not None
    return bool(asked) or len(options.inputs) > 1 or _means_several(options.inputs[0])


def _means_several(word: str) -> bool:
    if word.isdecimal():  # A camera, also if there is a folder of that name.
        return False
    if is_remote(word):
        return word.endswith("/") or "*" in word
    return os.path.isdir(word) or (
        any(sign in word for sign in "*?") and not get_scheme(word) and not os.path.lexists(word)
    )


def run_batch(
    options: argparse.Namespace, objects: Sequence[Callable[..., Any]], on_record: Callable[[Record], object]
) -> BatchResult:
    """Process all inputs.

    Args:
        options: The parsed arguments.
        objects: The chain's objects.
        on_record: Called with what became of each file if folders are watched.

    Returns:
        What became of each file.

    Raises:
        FramechainError: If nothing can be begun.
        Interrupted: After Ctrl-C; with the result.
        Terminated: After SIGTERM; with the result.
    """
    for name, option in _FOR_ONE.items():
        if vars(options)[name]:
            raise ArgumentError(f"--{option} is for one input, and this is a batch of files")
    for text in options.inputs:
        if is_entry("sources", text):
            raise ArgumentError(f"{text} is a source, and this is a batch of files: give it alone")
    if options.report:
        check_report_path(options.report)
    batch = Batch(
        options.inputs,
        objects,
        output=options.output_path,
        workers=options.workers,
        cluster=options.cluster,
        segments=options.segments,
        assume_history=options.assume_history,
        force=options.force,
        fail_fast=options.fail_fast,
        **make_run_options(options),
    )
    return batch.watch(on_record) if options.watch else batch.run()
