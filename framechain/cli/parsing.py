"""Turns the words of the command line into values; a mistake is reported in one line."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from ..basics.timecode import parse_time
from ..errors import ArgumentError


class Parser(argparse.ArgumentParser):
    """Reports a mistake in one line: the usage of so many options would hide it."""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the arguments; `inputs` has each INPUT, wherever it stands among the options."""
        options, rest = self.parse_known_args(args, namespace)
        if any(word.startswith("-") for word in rest):
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        options.inputs = [options.input, *rest]
        return options


class Unasked(str):
    """The default of an option, where it makes a difference whether the option was given."""


class BoundAction(argparse.Action):
    """Stores a time as `start` or `end`, and a frame as `start_video_frame` or `end_video_frame`."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        """Store the value of --start or --end."""
        try:
            if re.fullmatch(r"-?\d{1,18}", values, re.ASCII):
                setattr(namespace, f"{self.dest}_video_frame", int(values))
            else:
                setattr(namespace, self.dest, parse_time(self.dest, values))
        except ArgumentError:
            known = "a time such as 0:03, 1:02:03.5 or 2.5s, or a frame such as 75"
            raise argparse.ArgumentError(self, f"{values!r} is not understood: give {known}") from None


def parse_strength(text: str) -> int | float:
    """Return a number of pixels as an int, or a fraction of the frame as a float."""
    return float(text) if "." in text else int(text)


def parse_size(text: str) -> tuple[int, int]:
    """Return a width and a height."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size: write WIDTHxHEIGHT, such as 1280x720")
    return int(width), int(height)


def parse_setting(text: str) -> tuple[str, float]:
    """Return a name and a number."""
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE, such as threshold=0.4") from None


def parse_bytes(text: str) -> int:
    """Return a number of bytes.

    Example:
        >>> parse_bytes("500M"), parse_bytes("2G")
        (500000000, 2000000000)
    """
    match = re.fullmatch(r"(\d{1,15})([kMGT]?)B?", text, re.ASCII)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size: write bytes, or a number such as 500M or 2G")
    factor: int = 1000 ** " kMGT".index(match[2] or " ")
    return int(match[1]) * factor


parse_strength.__name__ = "number"  # The word in argparse's message.
