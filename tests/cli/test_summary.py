"""The lines that are printed after a run."""

from __future__ import annotations

from typing import Any

import pytest

from framechain import RunResult
from framechain.cli.arguments import build_parser
from framechain.cli.summary import make_tuned_command, summarise


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (
            {"output_path": "o.mp4", "frames_processed": 150, "seconds": 1.25},
            "wrote o.mp4: 150 frames in 1.2 s, 120 frames/s",
        ),
        ({"output_path": "o.png", "frames_processed": 1, "seconds": 0.5}, "wrote o.png: 1 frame in 0.5 s"),
        ({"seconds": 0.1}, "nothing written: 0 frames in 0.1 s"),
        (
            {"frames_processed": 60, "seconds": 2.0, "dropped": 3, "stopped": "q"},
            "nothing written: 60 frames in 2.0 s, 30 frames/s, 3 dropped (stopped by q)",
        ),
        (
            {"output_path": "o.mp4", "frames_processed": 60, "seconds": 2.0, "skipped": 20, "stopped": "stop"},
            "wrote o.mp4: 60 frames in 2.0 s, 30 frames/s, 20 left out (stopped)",
        ),
    ],
)
def test_summarise_is_one_line_with_what_applies(values: dict[str, Any], line: str) -> None:
    assert summarise(RunResult(**values)) == line


@pytest.mark.parametrize(
    ("prog", "arguments", "tuned", "line"),
    [
        ("main.py", ["0", "--tune"], {"threshold": 0.45}, "python main.py 0 --show --threshold 0.45"),
        ("framechain", ["my clip.mp4", "--tune"], {"blur": 51.0}, "framechain 'my clip.mp4' --show --blur 51"),
        ("framechain", ["0", "--blur", "9", "--tune"], {"blur": 51.0}, "framechain 0 --blur 9 --show --blur 51"),
        ("framechain", ["0", "--tune"], {"no such option": 3.0}, "framechain 0 --show"),
    ],
)
def test_make_tuned_command_ends_with_the_tuned_values(
    prog: str, arguments: list[str], tuned: dict[str, float], line: str
) -> None:
    assert make_tuned_command(build_parser(prog), arguments, tuned) == line
