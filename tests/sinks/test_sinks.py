"""One suite over every format that is written. A new one joins by one line in `SINKS`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import BT709, Array, flat, photo, photos, psnr, see, write_clip

from framechain import Encoding, Engine, FramechainError, RunResult

FRAMES = 8
# The output's suffix, what goes in, and how near (dB) an empty chain stays to it with the default settings.
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
    def test_an_empty_chain_changes_nothing_that_anyone_can_see(
        self, suffix: str, kind: str, decibel: float, tmp_path: Path
    ) -> None:
        arguments, before = an_input(tmp_path, kind)
        result = Engine(**arguments, output_path=tmp_path / f"out{suffix}").run()
        after = written(result.output_path or "", kind)
        assert len(after) == len(before) == result.frames_written
        for one, other in zip(before, after, strict=True):
            assert [plane.shape for plane in one] == [plane.shape for plane in other]
            assert psnr(one, other) >= decibel

    def test_what_the_objects_return_is_what_is_in_the_file(
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

    def test_the_objects_may_change_the_size(self, suffix: str, kind: str, decibel: float, tmp_path: Path) -> None:
        arguments, _ = an_input(tmp_path, kind)
        larger = Engine(
            **arguments,
            output_path=tmp_path / f"out{suffix}",
            custom_objects=[lambda frame: cv2.resize(frame, (200, 90))],
        ).run()
        assert all(planes[0].shape[:2] == (90, 200) for planes in written(larger.output_path or "", kind))

    @pytest.mark.parametrize(("width", "height"), [(161, 121), (1, 1)])
    def test_odd_sizes_come_out_with_the_edge_repeated_where_need_be(
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

    def test_the_result_tells_what_was_done(self, suffix: str, kind: str, decibel: float, tmp_path: Path) -> None:
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

    def test_an_existing_output_is_replaced_when_the_new_one_is_whole(
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

    def test_an_error_leaves_the_existing_output_and_nothing_else(
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

    def test_a_new_file_can_be_read_by_whom_the_umask_lets(
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
def test_a_suffix_that_is_not_written_is_said_before_any_work(kind: str, name: str, tmp_path: Path) -> None:
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


def test_what_a_format_cannot_hold_is_a_sentence(tmp_path: Path) -> None:
    path = str(tmp_path / "long.png")
    assert cv2.imwrite(path, np.zeros((2, 17000, 3), np.uint8))
    with pytest.raises(OSError, match=r"long\.webp: .webp cannot hold a 17000x2 image"):
        Engine(image_path=path, output_path=tmp_path / "long.webp").run()
    assert os.listdir(tmp_path) == ["long.png"]


def test_frames_of_changing_size_are_refused_by_name(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", photos(6))

    def shrink(frame: Array, info: Any) -> Array:
        return frame[: 120 - 10 * (info.index == 3)].copy()

    with pytest.raises(OSError, match="frame 3 is 160x110 and the first was 160x120"):
        Engine(video_path=path, custom_objects=[shrink]).run()
    assert os.listdir(tmp_path) == ["clip.mp4"]


@pytest.mark.parametrize(
    ("codec", "suffix", "canonical"),
    [
        ("libx264", ".mp4", "h264"),
        ("libx265", ".mp4", "hevc"),
        ("libsvtav1", ".mp4", "av1"),
        ("mpeg4", ".mp4", "mpeg4"),
        ("libvpx-vp9", ".mkv", "vp9"),
        ("ffv1", ".mkv", "ffv1"),
        ("libvpx", ".webm", "vp8"),
    ],
)
def test_the_codec_can_be_chosen(codec: str, suffix: str, canonical: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", photos(FRAMES), rate=30)
    result = Engine(video_path=source, encoding=Encoding(codec=codec), output_path=tmp_path / f"out{suffix}").run()
    seen = see(result.output_path or "")
    assert (seen.codec, seen.count) == (canonical, FRAMES)
    assert seen.times == pytest.approx(see(source).times, abs=0.0011)
    assert psnr(seen.planes[4], see(source).planes[4]) >= 30


def test_a_codec_that_the_container_does_not_know_is_a_sentence(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(3))
    with pytest.raises(OSError, match=r"cannot write .*out\.webm: webm cannot hold what libx264 makes"):
        Engine(video_path=source, encoding=Encoding(codec="libx264"), output_path=tmp_path / "out.webm").run()
    assert os.listdir(tmp_path) == ["clip.mp4"]


def test_a_grey_frame_stays_grey(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", [flat(40), flat(120), flat(210)])
    result = Engine(video_path=source, custom_objects=[lambda frame: frame]).run()
    assert see(result.output_path or "").greys() == pytest.approx([40, 120, 210], abs=1)


def x264_threads(source: str, target: Path, **options: Any) -> int:
    """With how many threads x264 says in its stream that it encoded."""
    Engine(video_path=source, output_path=target, encoding=Encoding(**options)).run()
    told = re.search(rb" threads=(\d+) ", target.read_bytes())
    assert told is not None
    return int(told[1])


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (8, 4)])
def test_x264_leaves_cores_to_the_other_stages(
    cores: int, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(3))
    large = write_clip(tmp_path / "large.mp4", [flat(90, 2048, 1152)])
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert x264_threads(source, tmp_path / "out.mp4") == threads
    own_choice = x264_threads(large, tmp_path / "own.mp4", preset="ultrafast")
    assert x264_threads(large, tmp_path / "out.mp4") == own_choice
