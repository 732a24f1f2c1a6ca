"""What a run did, as a page: its result beside its source, and the facts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..errors import FramechainError, reason
from ..markup.comparison import make_comparison
from ..markup.elements import Element, make_figure, make_note, make_page, make_table
from .allowance import Allowance
from .files import make_file_element

if TYPE_CHECKING:
    from ..run.result import RunResult


def make_run_view(
    result: RunResult, allowance: Allowance, *, original: Element | None = None, slider: bool = True
) -> str:
    """Return a run as a page; what cannot be shown gets a sentence.

    Args:
        result: What was done.
        allowance: How much may be embedded.
        original: What is shown as before; None for the source, if it is a local file.
        slider: Whether to have a divider between before and after.
    """
    notes: list[str] = []
    after = _make_element(result.output_path, allowance, notes)
    before = original
    # What was no file has a name all the same, such as "image".
    if after is not None and before is None and result.source is not None and os.path.isfile(result.source):
        before = _make_element(result.source, allowance, notes)
    if after is None:
        pictures = ""
    elif before is None:
        pictures = make_figure(after)
    else:
        pictures = make_comparison(before, after, slider=slider)
    table = make_table("Run", _list_facts(result))
    return make_page(pictures, *map(make_note, notes), table)


def _make_element(path: str | None, allowance: Allowance, notes: list[str]) -> Element | None:
    if path is None:
        return None
    if not os.path.isfile(path):
        notes.append(f"There is no {path} to show: it is not on this machine, or the current folder has changed.")
        return None
    try:
        return make_file_element(path, allowance)
    except FramechainError as error:
        notes.append(f"It cannot be shown: {error}.")
    except OSError as error:
        notes.append(f"{path} cannot be shown: {reason(error)}.")
    return None


def _list_facts(result: RunResult) -> dict[str, object]:
    counts = {
        "processed": result.frames_processed,
        "written": result.frames_written,
        "left out": result.skipped,
        "dropped": result.dropped,
        "covered": result.covered,
    }
    counted = [f"{count} {what}" for what, count in counts.items() if count]
    facts: dict[str, object] = {
        "source": result.source,
        "output": result.output_path,
        "frames": ", ".join([f"{result.frames_read} read", *counted]),
        "time": f"{result.seconds:.2f} s, {result.frames_per_second:.1f} frames/s" if result.seconds else None,
        "stopped by": result.stopped,
        "set by trackbars": ", ".join(f"{name} {value:g}" for name, value in result.tuned.items()),
        "warnings": " ".join(_end(warning) for warning in result.warnings),
    }
    return {name: value for name, value in facts.items() if value}


def _end(sentence: str) -> str:
    return sentence if sentence.endswith(".") else f"{sentence}."
