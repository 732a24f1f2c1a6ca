"""Why an error comes and what to do: taken from its sentence where that says it, else from the tables here."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from site_pages.messages import Message

# What to do begins with one of these, after a colon, a semicolon or a comma.
_VERBS = (
    "add|advise|allow|ask|call|check|choose|create|download|drop|end|export|free|get|give|go|hand|import|install|keep|"
    "leave|let|look|make|move|name|open|pick|pip|plug|post|process|put|reinstall|remove|rename|repeat|restart|return|"
    "run|save|say|scale|send|set|show|sign|start|stop|swap|take|tell|try|use|wait|wrap|write|yield"
)
_CURE = re.compile(rf"(?:: |; |, )((?:on \w+ and \w+ (?:run: |apt )|if [^,:;]+(?:, |: )|then )?(?:{_VERBS})\b.*)$")
_MUST = re.compile(r"\bmust (?:be|inherit|name|contain) (.+?)(?:[,;] got\b.*|, [A-Z_]+ is .*|$)")


@cache
def read_cures() -> tuple[dict[str, str], dict[str, str]]:
    """Read cures.txt: what is asked before the sentence itself, and what is asked after it."""
    cures: tuple[dict[str, str], dict[str, str]] = ({}, {})
    part = 0
    for line in Path(__file__).with_name("cures.txt").read_text(encoding="utf-8").splitlines():
        if line == "== last ==":
            part = 1
        elif line and not line.startswith("#"):
            words, _, cure = line.partition(" | ")
            cures[part][words] = cure
    return cures


def find_cure(message: Message) -> str | None:
    """Return why an error comes and what to do, in a sentence or two; None if nobody has written it.

    Args:
        message: What the error says.
    """
    first, last = read_cures()
    if written := _look_up(first, message):
        return written
    if found := _CURE.search(message.text):
        return _as_sentence(found[1])
    if found := _MUST.search(message.text):
        return f"Give {found[1].rstrip(':;, ')}."
    return _look_up(last, message)


# Where nobody has written more: what to do about an error of this kind.
KINDS = {
    "ArgumentError": "Give a value of the kind that the sentence names.",
    "ArgumentTypeError": "Give a thing of the kind that the sentence names.",
    "MissingInputError": "Check the path; a relative one begins at the folder in which the program was started.",
    "MediaError": "Try the file with another player; if that shows it, convert it with FFmpeg.",
    "OutputError": "Choose another place or format for the result.",
    "CameraError": "Check the camera's cable or address, and whether another program uses it.",
    "DisplayError": "Process without a window: `show=False`, no `--show`.",
    "DependencyError": "Install what the sentence names; `framechain doctor` looks for all of it.",
    "ObjectError": "The object has a fault; the original error is the cause, above in the traceback.",
    "ObjectResultError": "Return what the sentence asks for.",
    "FramechainError": "The sentence says all that is known.",
}


def get_kinds_cure(kind: str) -> str:
    """Return what to do about an error of a public kind of which nobody has written more."""
    return KINDS.get(kind, KINDS["FramechainError"])


def _look_up(cures: dict[str, str], message: Message) -> str | None:
    return next((cure for words, cure in cures.items() if words in message.text), None)


def _as_sentence(text: str) -> str:
    text = f"Run `{text}`" if text.startswith("pip ") else text[0].upper() + text[1:]
    return text if text.endswith((".", "?", ":")) else f"{text}."
