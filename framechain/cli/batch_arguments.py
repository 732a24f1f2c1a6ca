"""The options of the command line for several files, and for one long one."""

from __future__ import annotations

import argparse


def add_batch_options(group: argparse._ArgumentGroup) -> None:
    """Add the options of several files, and of one long one.

    Args:
        group: Where they are listed.
    """
    group.add_argument("--workers", type=int, metavar="N", help="share the work among N processes (needs dask)")
    group.add_argument(
        "--cluster", metavar="ADDRESS", help="let the workers of a Dask scheduler do it, such as tcp://10.0.0.7:8786"
    )
    group.add_argument("--watch", action="store_true", help="go on with what arrives in the folders, until Ctrl-C")
    group.add_argument(
        "--segments",
        type=_parse_segments,
        metavar="N",
        help='cut each video into N segments that are made side by side and joined, or "auto"',
    )
    group.add_argument(
        "--assume-history",
        type=int,
        metavar="N",
        help="for --segments: how many earlier frames objects need that do not say it",
    )
    group.add_argument("--force", action="store_true", help="make again what is up to date")
    group.add_argument("--fail-fast", action="store_true", help="end with the first file that fails")
    group.add_argument("--report", metavar="FILE", help="write what became of each file, as JSON")


def _parse_segments(text: str) -> int | str:
    if text == "auto":
        return text
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number or auto, got {text!r}") from None
