"""The options of the command line that say which objects the frames pass."""

from __future__ import annotations

import argparse

from .parsing import parse_setting


def add_object_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that say which objects the frames pass.

    Args:
        group: Where they are listed.
    """
    group.add_argument(
        "--chain",
        metavar="FILE",
        help="another chain instead: FILE.toml, as --save-chain writes it, or FILE.py:NAME, a list of objects in a "
        "file of Python, or a function that returns one (default NAME: objects); that file is run",
    )
    group.add_argument(
        "--allow-code",
        action="store_true",
        help="run the code that FILE.toml names as module:Class, although another user may have written it",
    )
    group.add_argument(
        "--object",
        dest="objects",
        action="append",
        default=[],
        metavar="NAME[:ARG=VALUE...]",
        help="an object instead of the default chain, such as fps:color=#ff0000; may be repeated, in this order: a "
        "name of `framechain objects`, package.module:Class or FILE.py:Class, which is run. The name segmentation "
        "alone is the default chain's object, with --background, --matte and all that belongs to them",
    )
    group.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        type=parse_setting,
        metavar="NAME=VALUE",
        help="a number of an object that has a trackbar for it, such as threshold=0.4; may be repeated",
    )


def add_save_option(group: argparse._ArgumentGroup) -> None:
    """Add the option that keeps what the others say.

    Args:
        group: Where it is listed.
    """
    group.add_argument(
        "--save-chain",
        metavar="FILE.toml",
        help="write the objects, their arguments and the options of this command line, for --chain; without INPUT "
        "nothing else is done",
    )
