"""The table of keys, the keys of objects, a source's notice, and that no screen is used without `show`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.patience import PATIENCE, eventually
from support.screens import ROOT
from support.streams import LeftThird, Source, replacement, run_source, watch

from framechain import BackgroundReplacement, MPSegmentation
from framechain.backgrounds import Blur, Color, Gallery
from framechain.basics.tunables import Tunable, read_tunables
from framechain.errors import ArgumentError
from framechain.live.keys import KEYS, find_action, make_help_lines
from framechain.mattes import MOG2, ChromaKey, ReferenceFrame

WIDTH, HEIGHT = 320, 240
RED, GREEN, GREY = (0, 0, 200), (0, 200, 0), (90, 90, 90)
display = pytest.mark.display


# The table of keys


def test_find_action_each_key_has_one_action() -> None:
    names = [name for key in KEYS for name in key.names]
    assert len(names) == len(set(names))
    assert {find_action(name) for name in names} == {key.action for key in KEYS}
    assert find_action("x") is None


def test_make_help_lines_object_uses_a_key_the_second_name_is_listed() -> None:
    plain = dict(make_help_lines({}))
    assert plain["r"] == "start or end a recording"
    taken = dict(make_help_lines(ReferenceFrame.keys))
    assert taken["r"] == "take the empty scene again"
    assert taken["v"] == "start or end a recording"


def test_keys_of_a_replacement_are_those_of_its_parts(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((4, 4, 3), np.uint8))
    keys = BackgroundReplacement(MOG2(), Gallery(tmp_path)).keys
    assert list(keys) == ["m", "+", "-", "r", "a", "d"] or set(keys) == {"m", "+", "-", "r", "a", "d"}
    assert "softer" in keys["+"]
    assert "blur" in MPSegmentation().keys["+"]
    # A matte with true alpha has no edge to shape.
    assert "+" not in BackgroundReplacement(ChromaKey(), Color((0, 0, 0))).keys


def test_on_key_plus_and_minus_change_blur_or_edge_within_bounds() -> None:
    blur = Blur(35)
    assert blur.on_key("+")
    assert blur.kernel[0] > 35
    for _ in range(40):
        assert blur.on_key("-")
    assert blur.kernel == (1, 1)
    for _ in range(60):
        assert blur.on_key("+")
        assert blur.kernel[0] % 2 == 1
    assert blur.kernel == (199, 199)
    share = Blur(0.05)
    assert share.on_key("-")
    assert 0.005 <= share.strength < 0.05
    assert not blur.on_key("x")
    edge = replacement(LeftThird(), Color((0, 0, 0)), threshold=0.5, softness=0.2)
    assert edge.on_key("+")
    assert edge.softness == 0.25
    for _ in range(9):
        assert edge.on_key("-")
    assert edge.softness == 0
    assert not replacement(LeftThird(), Color((0, 0, 0))).on_key("+")


def test_view_unknown_name_is_an_error() -> None:
    hides = replacement(LeftThird(), Color((0, 0, 0)))
    with pytest.raises(ArgumentError, match="view must be one of result, matte, both"):
        hides.view = "raw"
    hides.matte_only = True
    assert hides.view == "matte"


def test_tunables_every_position_stays_within_bounds() -> None:
    hides = replacement(LeftThird(), Blur(35), threshold=0.5, softness=0.2)
    tunables = {tunable.name: tunable for tunable in hides.tunables}
    assert read_tunables(hides.tunables) == {"threshold": 0.5, "softness": 0.2, "blur": 35}
    for tunable in tunables.values():
        for position in (0, tunable.positions // 2, tunable.positions):
            tunable.turn(position)
            assert tunable.position == position
            assert tunable.minimum <= tunable.get() <= tunable.maximum
    assert isinstance(hides.background.kernel[0], int)  # type: ignore[attr-defined]
    assert [tunable.name for tunable in replacement(LeftThird(), Color((0, 0, 0))).tunables] == []
    assert [tunable.name for tunable in Blur(0.05).tunables] == ["blur"]
    assert Tunable("x", lambda: 5, lambda value: None, 0, 1).position == 100


# The notice of a source


def test_run_notice_of_the_source_is_held_in_the_outputs() -> None:
    held: list[Any] = []

    class Lost(Source):
        def __iter__(self) -> Iterator[Any]:
            yield from super().__iter__()
            self.notice = "camera lost"
            eventually(lambda: held, "a held image")

    source = Lost(3)
    from framechain import Sink
    from framechain.chain import Chain

    class Elsewhere(Sink):
        def write(self, frame: Any) -> None:
            pass

        def hold(self, image: Any) -> None:
            held.append(image)

    run_source(source, Chain([]), Elsewhere())
    assert held
    assert not np.array_equal(held[0], source.image(0))
    assert np.array_equal(held[0][:60], source.image(0)[:60])


# No screen is used without --show

NO_GUI = """
import sys
import cv2
def forbidden(*arguments, **more):
    raise AssertionError("the screen was used")
for name in ("imshow", "namedWindow", "waitKey", "waitKeyEx", "pollKey", "resizeWindow", "createTrackbar",
             "getWindowProperty", "destroyWindow", "destroyAllWindows"):
    setattr(cv2, name, forbidden)
from framechain.cli.program import main
raise SystemExit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_command_line_without_show_never_uses_the_screen(clip: Path, samples: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment["PYTHONPATH"] = str(ROOT)
    for source, output, more in (
        (clip, "o.mp4", ["--end", "3", "--break-on-end"]),
        (samples / "portrait.jpg", "o.png", []),
    ):
        done = subprocess.run(
            [sys.executable, "-c", NO_GUI, str(source), "--output", str(tmp_path / output), "--quality", "fast", *more],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / output).stat().st_size > 0


def test_camera_without_show_never_uses_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*arguments: Any, **more: Any) -> Any:
        raise AssertionError("the screen was used")

    for name in ("imshow", "namedWindow", "waitKey", "waitKeyEx", "pollKey", "getWindowProperty"):
        monkeypatch.setattr(cv2, name, forbidden)
    result, viewer = watch(Source(5), replacement(LeftThird(), Blur(31)))
    assert result.frames_processed == len(viewer.frames) > 0
