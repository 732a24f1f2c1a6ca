"""The page of the errors: each message, why it comes and what to do, by what the program was doing."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import framechain
from framechain import FramechainError
from site_pages.cures import find_cure, get_kinds_cure
from site_pages.messages import Message, list_kinds, list_messages, list_reasons

# By the beginning of the module that makes the message; the longest one counts.
TOPICS: dict[str, tuple[str, ...]] = {
    "What is read": ("media/", "images/", "files/stores", "sources/"),
    "What is written": ("sinks/", "files/"),
    "Cameras, microphones and streams": (
        *("sources/camera", "sources/network", "sources/webcam", "sources/microphone", "live/"),
        *("sinks/broadcast", "sinks/uplink", "sinks/virtual_camera", "run/sink_openers", "media/live_audio/"),
    ),
    "Windows and libraries": ("__init__", "sinks/window", "sinks/x_display", "mattes/selfie/runtimes", "cli/program"),
    "Objects, mattes, backgrounds and effects": (
        *("adapters", "chain", "results", "contracts/", "objects/", "mattes/", "backgrounds/", "effects/", "threads/"),
        *("testing", "run/fail_closed"),
    ),
    "The command line, names of objects and chain files": ("cli/", "plugins/"),
    "Batches, segments and clusters": ("batch/",),
    "The page in the browser": ("web/", "cli/page/"),
}
OTHERS = "Arguments in Python"
# Errors that no program catches by their own name, and what they are.
INNER = {"RefusedError": "an answer of the server, shown on the page", "FileFailedError": "shown on the page"}


def find_topic(module: str) -> str:
    """Return what a module's errors are about.

    Args:
        module: Such as "sinks/target.py".
    """
    fitting = [(len(start), topic) for topic, starts in TOPICS.items() for start in starts if module.startswith(start)]
    return max(fitting)[1] if fitting else OTHERS


def find_public_kind(kind: str, kinds: Mapping[str, set[str]]) -> str:
    """Return the public class that catches an error: itself, or its nearest public base.

    Args:
        kind: The error's class.
        kinds: What `list_kinds` returns.
    """
    while kind not in framechain.__all__:
        kind = next(base for base in sorted(kinds[kind]) if base in kinds)
    return kind


def write_page() -> str:
    """Write the list of the errors in Markdown."""
    by_topic: dict[str, list[Message]] = {topic: [] for topic in (OTHERS, *TOPICS)}
    for message in list_messages():
        by_topic[find_topic(message.module)].append(message)
    text = ["## Kinds\n", "| class | when |\n| --- | --- |"]
    for name in sorted(list_kinds()):
        if name in framechain.__all__:
            text.append(_describe_kind(name))
    text.append("")
    for topic, some in by_topic.items():
        text.append(f"## {topic}\n")
        text.extend(_describe(message) for message in some)
    text.append("## Reasons that others give\n")
    text.append(
        "What FFmpeg, OpenCV and the stores say becomes one of these sentences, with their own words in brackets, "
        "after the first part of a message such as `cannot read NAME:`.\n"
    )
    text.extend(f"- `{reason}`" for reason in list_reasons())
    return "\n".join(text) + "\n"


def _describe_kind(name: str) -> str:
    kind = getattr(framechain, name)
    built_in = [
        base.__name__
        for base in kind.__mro__[1:]
        if base.__module__ == "builtins" and base not in FramechainError.__mro__
    ]
    when = inspect.cleandoc(kind.__doc__).splitlines()[0]
    return f"| {_link(name)}{f', a `{built_in[0]}`' if built_in else ''} | {when} |"


def _describe(message: Message) -> str:
    public = find_public_kind(message.kind, list_kinds())
    kind = INNER.get(message.kind) or _link(public)
    cure = find_cure(message) or get_kinds_cure(public)
    code = f"`` {message.text} ``" if "`" in message.text else f"`{message.text}`"
    return f"{code}\n: {_protect(cure)} ({kind})\n"


def _protect(cure: str) -> str:
    """Keep what is no Markdown in a sentence, such as `__init__` and `*.mp4`, from being taken for it."""
    parts = cure.split("`")
    for number in range(0, len(parts), 2):
        for sign in ("_", "*", "[", "<", "{"):
            parts[number] = parts[number].replace(sign, "\\" + sign)
    return "`".join(parts)


def _link(name: str) -> str:
    return f"{{py:obj}}`{name} <framechain.{name}>`"
