"""Text: what is written, and that it is seen."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effect_cases import LAYOUTS, lay_out, make_info

import framechain
from framechain.effects import Text
from framechain.errors import ArgumentError, MediaError, MissingInputError

MOMENT = datetime.datetime(2026, 3, 4, 5, 6, 7)
GREY = np.full((120, 320, 3), 128, np.uint8)


def written(text: str, index: int = 0, **options: Any) -> str:
    info = make_info(320, 120, index=index)
    return Text(text, clock=lambda: MOMENT, **options).write(info, (320, 120))


def test_text_writes_the_time_of_day_and_what_is_known_of_the_frame() -> None:
    assert written("%Y-%m-%d %H:%M:%S") == "2026-03-04 05:06:07"
    assert written("{index:05d} {time:.2f} {width}x{height} {fps:g}", 90) == "00090 3.60 320x120 25"
    assert written("{timecode} {name} {{x}} 5 %%", 100_000) == "01:06:40.000 numbers {x} 5 %"


def test_text_default_font_does_not_come_from_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lean installation has no matplotlib, and Pillow's own font has no Greek."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    font = str(Path(framechain.__file__).parent / "assets" / "DejaVuSans.ttf")
    drawn, expected, other = (
        Text(text, size=0.2, font=path)(GREY.copy()) for text, path in (("γειά", None), ("γειά", font), ("γεια", None))
    )
    assert np.array_equal(drawn, expected)
    assert not np.array_equal(drawn, other)


def test_text_of_a_file_whose_name_has_a_percent_sign_is_its_name() -> None:
    info = make_info(8, 8)
    object.__setattr__(info.stream, "name", "/home/anna/100%H {x}.mp4")
    assert Text("{name} %H", clock=lambda: MOMENT).write(info, (8, 8)) == "100%H {x}.mp4 05"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{indx}", r"text has \{indx\}, which is not known of a frame: did you mean \{index\}\?"),
        ("{name.__class__}", "not known of a frame"),
        ("{}", "not known of a frame: there is index, time"),
        ("{index", "a brace without its partner"),
        ("{index:q}", "a format that cannot be used"),
    ],
)
def test_text_with_a_mistake_is_refused(text: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Text(text)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("text", ["Hello", "Grüße", "мир", "γειά", "two\nlines"])
def test_text_is_seen_in_its_corner_in_its_colour(text: str, layout: str) -> None:
    thing = Text(text, "top right", color=(0, 200, 255), size=0.2)
    found = thing.process_frame(lay_out(GREY, layout)).read_bgr().astype(int)
    changed = abs(found - 128).max(2) > 20
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    assert rows.max() < 75
    assert columns.min() > 100
    assert 310 < columns.max() < 320
    assert (abs(found - (0, 200, 255)).max(2) < 30).sum() > 20
    assert (found.max(2) < 40).sum() > 20  # The outline.


def test_text_letters_differ_from_the_box_of_a_missing_glyph() -> None:
    images = [Text(letter, size=0.5)(GREY.copy()).tobytes() for letter in "ßжγ\U0010fffe"]
    assert len(set(images)) == 4


def test_text_lines_lie_within_their_outline() -> None:
    found = Text("HHH\nHHH\nHHH", "center", size=0.2, outline=0.1)(GREY.copy()).astype(int)
    letters, outline = found.min(2) > 200, found.max(2) < 60
    for row in np.flatnonzero(letters.any(1)):
        columns = np.flatnonzero(letters[row])
        assert outline[row, : columns[0]].any()
        assert outline[row, columns[-1] :].any()


def test_text_is_drawn_once_for_frames_that_show_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    thing, drawn = Text("{index}"), []
    draw = thing._draw
    monkeypatch.setattr(thing, "_draw", lambda *given: drawn.append(given[0]) or draw(*given))
    for index in (0, 0, 1, 1, 1):
        thing.process_frame(lay_out(GREY, "BT.709", index=index))
    assert drawn == ["0", "1"]


def test_text_on_a_transparent_frame_is_opaque() -> None:
    frame = lay_out(GREY, "BGR")
    frame.alpha = np.zeros((120, 320), np.uint8)
    result = Text("HELLO", size=0.4).process_frame(frame)
    assert result.alpha is not None
    assert result.alpha.max() == 255
    assert result.alpha[:40].max() == 0
    assert (result.bgr[result.alpha == 255].min(1) > 250).sum() > 50


@given(text=st.text(st.characters(blacklist_characters="{}%"), max_size=12))
def test_text_of_any_letters_is_drawn(text: str) -> None:
    found = Text(text)(np.full((40, 60, 3), 128, np.uint8))
    assert found.shape == (40, 60, 3)


def test_text_in_a_font_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"font not found: no\.ttf"):
        Text("x", font="no.ttf")
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(MediaError, match=r"broken\.ttf is no font that can be read"):
        Text("x", font=broken)
