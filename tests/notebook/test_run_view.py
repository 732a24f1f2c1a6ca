"""What a run did, as notebooks show it: the result beside the source, and the facts."""

from __future__ import annotations

import pickle
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from support.media import photo, photos, write_clip
from support.pages import Page, read_url

from framechain import Engine, RunResult


def invert(frame: np.ndarray) -> np.ndarray:
    return 255 - frame


def view(result: RunResult) -> Page:
    return Page(result._repr_html_())


def run_clip(path: Path, **arguments: object) -> RunResult:
    write_clip(path, photos(10))
    return Engine(video_path=path, custom_objects=[invert], progress=False, **arguments).run()  # type: ignore[arg-type]


def test_run_of_a_video_shows_both_videos_with_a_divider(tmp_path: Path) -> None:
    page = view(run_clip(tmp_path / "a.mp4"))
    assert page.has("framechain-compare")
    contents = [read_url(video["src"])[1] for video in page.find("video")]
    assert contents == [(tmp_path / name).read_bytes() for name in ("a.mp4", "a_out.mp4")]
    rows = [line for line in page.text.split("\n") if line]
    assert rows[rows.index("source") + 1] == str(tmp_path / "a.mp4")
    assert rows[rows.index("output") + 1] == str(tmp_path / "a_out.mp4")
    assert rows[rows.index("frames") + 1] == "10 read, 10 processed, 10 written"


def test_run_of_an_image_shows_both_images_with_a_divider(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), photo())
    page = view(Engine(image_path=tmp_path / "a.png", custom_objects=[invert]).run())
    assert page.has("framechain-compare")
    assert not page.has("framechain-player")
    assert [read_url(image["src"])[1] for image in page.find("img")] == [
        (tmp_path / name).read_bytes() for name in ("a.png", "a_out.png")
    ]


def test_run_that_is_cut_shows_both_videos_side_by_side(tmp_path: Path) -> None:
    page = view(run_clip(tmp_path / "a.mp4", start=0.2, cut=True))
    assert len(page.find("video")) == 2
    assert not page.has("framechain-compare")


def test_run_whose_files_are_gone_says_so(tmp_path: Path) -> None:
    result = run_clip(tmp_path / "a.mp4")
    (tmp_path / "a.mp4").unlink()
    page = view(result)
    assert [read_url(video["src"])[1] for video in page.find("video")] == [(tmp_path / "a_out.mp4").read_bytes()]
    (tmp_path / "a_out.mp4").write_text("no video")
    page = view(result)
    assert page.find("video") == []
    assert "It cannot be shown: cannot read" in page.text
    (tmp_path / "a_out.mp4").unlink()
    page = view(result)
    assert f"There is no {tmp_path / 'a_out.mp4'} to show" in page.text


def test_run_without_output_shows_the_facts() -> None:
    result = RunResult(
        frames_read=9,
        frames_processed=8,
        seconds=2.0,
        stopped="q",
        skipped=2,
        tuned={"level": 0.5},
        warnings=("a", "b."),
    )
    rows = [line for line in view(result).text.split("\n") if line]
    assert rows == [
        *("Run", "frames", "9 read, 8 processed, 2 left out", "time", "2.00 s, 4.0 frames/s"),
        *("stopped by", "q", "set by trackbars", "level 0.5", "warnings", "a. b."),
    ]


def test_run_with_a_file_name_that_looks_like_markup_shows_it_as_text(tmp_path: Path) -> None:
    folder = tmp_path / "<b>"
    folder.mkdir()
    page = view(run_clip(folder / '"><script>alert(1)<.mp4'))
    assert len(page.find("script")) == 1
    assert '"><script>alert(1)<_out.mp4' in page.text
    assert page.find("b") == []


def test_result_knows_its_source_which_does_not_count_for_equality(tmp_path: Path) -> None:
    result = run_clip(tmp_path / "a.mp4")
    assert result.source == str(tmp_path / "a.mp4")
    assert result == pickle.loads(pickle.dumps(result))
    assert pickle.loads(pickle.dumps(result)).source == result.source
    assert RunResult(source="a") == RunResult(source="b")
    array = Engine(source=photo(), output_path=BytesIO(), custom_objects=[invert]).run()
    assert array.source is not None
    assert "image" in array.source
