"""One suite over every file format, through the Engine. A new format joins by one line in `SINKS`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import BT709, Array, flat, photo, photos, psnr, see, write_clip

from framechain import Engine, FramechainError, RunResult

FRAMES = 8
# The output's suffix, the kind of input, and the least PSNR (dB) of an empty chain with the default settings.
SINKS = [
    pytest.param(".mp4", "video", 38, id="mp4"),
    pytest.param(".m4v", "video", 38, id="m4v"),
    pytest.param(".mov", "video", 38, id="mov"),
    pytest.param(".mkv", "video", 38, id="mkv"),
    pytest.param(".webm", "video", 34, id="webm"),
    pytest.param(".jpg", "image", 40, id="jpg"),
    pytest.param(".jpeg", "image", 40, id="jpeg"),
    pytest.param(".png", "image", 99, id="png"),
    pytest.param(".webp", "image", 36, id="webp"),
    pytest.param(".bmp", "image", 99, id="bmp"),
    pytest.param(".tiff", "image", 99, id="tiff"),
    pytest.param(".tif", "image", 99, id="tif"),
    pytest.param(".avif", "image", 36, id="avif"),
    pytest.param(".jp2", "image", 40, id="jp2"),
    pytest.param(".ppm", "image", 99, id="ppm"),
    pytest.param(".PNG", "image", 99, id="upper-case"),
]


def an_input(folder: Path, kind: str, width: int = 160, height: int = 120) -> tuple[dict[str, Any], list[list[Array]]]:
    """The engine's arguments for an input, and the planes (BGR as one) of its frames."""
    if kind == "image":
        path = str(folder / "source.png")
        assert cv2.imwrite(path, photo(width, height))
        return {"image_path": path}, [[photo(width, height)]]
    path = write_clip(folder / "source.mkv", photos(FRAMES, width, height), codec="ffv1", colour=BT709)
    return {"video_path": path}, [list(planes) for planes in see(path).planes]


def written(path: str, kind: str) -> list[list[Array]]:
    """The planes of what was written, decoded again."""
    if kind == "image":
        pixels = cv2.imread(path, cv2.IMREAD_UNCHANGED)
        assert pixels is not None
        return [[pixels]]
    return [list(planes) for planes in see(path).planes]


@pytest.mark.parametrize(("suffix", "kind", "decibel"), SINKS)
class TestEverySink:
    def test_sink_empty_chain_changes_nothing_visible(
        self, suffix: str, kind: str, decibel: float, tmp_path: Path
    ) -> None:
        arguments, before = an_input(tmp_path, kind)
        result = Engine(**arguments, output_path=tmp_path / f"out{suffix}").run()
        after = written(result.output_path or "", kind)
        assert len(after) == len(before) == result.frames_written
        for one, other in zip(before, after, strict=True):
            assert [plane.shape for plane in one] == [plane.shape for plane in other]
            assert psnr(one, other) >= decibel

    def test_sink_file_holds_what_the_objects_return(
        self, suffix: str, kind: str, decibel: float, tmp_path: Path
    ) -> None:
        arguments, _ = an_input(tmp_path, kind)

        def halves(frame: Array) -> Array:
            frame[:, :80], frame[:, 80:] = (200, 60, 30), (30, 200, 90)
            return frame

        result = Engine(**arguments, output_path=tmp_path / f"out{suffix}", custom_objects=[halves]).run()
        for planes in written(result.output_path or "", kind):
            bgr = planes[0] if kind == "image" else see(result.output_path or "").bgr()
            assert bgr[20:100, 10:70].mean((0, 1)) == pytest.approx((200, 60, 30), abs=3)
            assert bgr[20:100, 90:150].mean((0, 1)) == pytest.approx((30, 200, 90), abs=3)

    def test_sink_objects_may_change_the_size(self, suffix: str, kind: str, decibel: float, tmp_path: Path) -> None:
        arguments, _ = an_input(tmp_path, kind)
        larger = Engine(
            **arguments,
            output_path=tmp_path / f"out{suffix}",
            custom_objects=[lambda frame: cv2.resize(frame, (200, 90))],
        ).run()
        assert all(planes[0].shape[:2] == (90, 200) for planes in written(larger.output_path or "", kind))

    @pytest.mark.parametrize(("width", "height"), [(161, 121), (1, 1)])
    def test_sink_odd_size_is_kept_or_padded_with_its_edge(
        self, width: int, height: int, suffix: str, kind: str, decibel: float, tmp_path: Path
    ) -> None:
        arguments, before = an_input(tmp_path, kind, width, height)
        seen: list[tuple[int, ...]] = []

        def look(frame: Array) -> Array:
            seen.append(frame.shape)
            return frame

        engine = Engine(**arguments, output_path=tmp_path / f"out{suffix}", custom_objects=[look])
        result = engine.run()
        after = written(result.output_path or "", kind)
        assert set(seen) == {(height, width, 3)}
        assert len(after) == len(before)
        luma = after[0][0]
        assert luma.shape[:2] == ((height, width) if kind == "image" else (height + height % 2, width + width % 2))
        assert psnr(luma[:height, :width], before[0][0]) >= min(decibel, 34)
        if kind == "video":
            assert np.abs(luma[-1].astype(int) - luma[-2]).max() <= 6
            assert np.abs(luma[:, -1].astype(int) - luma[:, -2]).max() <= 6

    def test_sink_result_reports_what_was_done(self, suffix: str, kind: str, decibel: float, tmp_path: Path) -> None:
        arguments, before = an_input(tmp_path, kind)
        result = Engine(**arguments, output_path=tmp_path / f"out{suffix}").run()
        count = len(before)
        assert result == RunResult(
            output_path=str(tmp_path / f"out{suffix}"),
            frames_read=count,
            frames_processed=count,
            frames_written=count,
            seconds=result.seconds,
        )
        assert result.seconds > 0
        assert not result.stopped_early
        assert result.frames_per_second == pytest.approx(count / result.seconds)

    def test_sink_existing_output_is_replaced_once_the_new_one_is_complete(
        self, suffix: str, kind: str, decibel: float, tmp_path: Path
    ) -> None:
        arguments, before = an_input(tmp_path, kind)
        target = tmp_path / f"out{suffix}"
        target.write_text("what was there before")
        during: list[str] = []

        def look(frame: Array) -> Array:
            during.append(target.read_text())
            return frame

        Engine(**arguments, output_path=target, custom_objects=[look]).run()
        assert set(during) == {"what was there before"}
        assert len(written(str(target), kind)) == len(before)
        assert sorted(os.listdir(tmp_path)) == sorted([target.name, os.path.basename(*arguments.values())])

    def test_sink_error_leaves_the_existing_output_and_nothing_else(
        self, suffix: str, kind: str, decibel: float, tmp_path: Path
    ) -> None:
        arguments, before = an_input(tmp_path, kind)
        target = tmp_path / f"out{suffix}"
        target.write_text("what was there before")

        def fail(frame: Array, info: Any) -> Array:
            if info.index == len(before) - 1:
                raise RuntimeError("no")
            return frame

        with pytest.raises(FramechainError, match="fail raised RuntimeError"):
            Engine(**arguments, output_path=target, custom_objects=[fail]).run()
        assert target.read_text() == "what was there before"
        assert sorted(os.listdir(tmp_path)) == sorted([target.name, os.path.basename(*arguments.values())])

    def test_sink_new_file_has_the_mode_of_the_umask(
        self, suffix: str, kind: str, decibel: float, tmp_path: Path
    ) -> None:
        arguments, _ = an_input(tmp_path, kind)
        Engine(**arguments, output_path=tmp_path / f"out{suffix}").run()
        usual = tmp_path / "usual"
        usual.touch()
        assert (tmp_path / f"out{suffix}").stat().st_mode == usual.stat().st_mode


@pytest.mark.parametrize(
    ("kind", "name"),
    [("video", "out.avi"), ("video", "out"), ("video", "out.jpg"), ("image", "out.gif"), ("image", "out")],
)
def test_sink_unknown_suffix_is_refused_before_any_work(kind: str, name: str, tmp_path: Path) -> None:
    arguments, _ = an_input(tmp_path, kind)
    calls: list[int] = []

    def count(frame: Array) -> Array:
        calls.append(1)
        return frame

    with pytest.raises(OSError, match=f"cannot write .*{name}: .*choose one of") as caught:
        Engine(**arguments, output_path=tmp_path / name, custom_objects=[count]).run()
    assert isinstance(caught.value, FramechainError)
    assert not calls
    assert len(os.listdir(tmp_path)) == 1


def test_image_sink_size_that_a_format_cannot_hold_is_an_error(tmp_path: Path) -> None:
    path = str(tmp_path / "long.png")
    assert cv2.imwrite(path, np.zeros((2, 17000, 3), np.uint8))
    with pytest.raises(OSError, match=r"long\.webp: .webp cannot hold a 17000x2 image"):
        Engine(image_path=path, output_path=tmp_path / "long.webp").run()
    assert os.listdir(tmp_path) == ["long.png"]


def test_video_sink_frame_of_another_size_is_named_in_the_error(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", photos(6))

    def shrink(frame: Array, info: Any) -> Array:
        return frame[: 120 - 10 * (info.index == 3)].copy()

    with pytest.raises(OSError, match="frame 3 is 160x110 and the first was 160x120"):
        Engine(video_path=path, custom_objects=[shrink]).run()
    assert os.listdir(tmp_path) == ["clip.mp4"]


def test_video_sink_grey_frame_stays_grey(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", [flat(40), flat(120), flat(210)])
    result = Engine(video_path=source, custom_objects=[lambda frame: frame]).run()
    assert see(result.output_path or "").greys() == pytest.approx([40, 120, 210], abs=1)
