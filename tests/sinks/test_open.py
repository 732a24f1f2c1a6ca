"""open_sink: the sink that a path asks for, in a loop of the user's own."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import beeps, has_audio, hear
from support.media import flat, flats, photo, see, write_clip
from support.memory_source import MemorySource
from support.transport import free_port

import framechain
from framechain import Engine, Frame, FrameInfo, Source, StreamInfo, open_sink
from framechain.errors import ArgumentTypeError, OutputError
from framechain.options import Encoding
from framechain.sinks.broadcast import Broadcast
from framechain.sinks.files import video as video_module
from framechain.sinks.files.image import ImageSink
from framechain.sinks.files.recorder import Recorder
from framechain.sinks.files.video import VideoSink
from framechain.sources.image import ImageSource
from framechain.sources.video import VideoSource

VIDEO = StreamInfo("memory", "video", 64, 48)


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return write_clip(tmp_path / "clip.mp4", flats(20), audio=beeps(1.2, at=[0.25, 0.75]))


def test_open_sink_own_loop_writes_processed_frames_with_times_and_audio(clip: str, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    with VideoSource(clip) as source, open_sink(target, like=source) as sink:
        for frame in source:
            sink.write(frame.with_bgr(255 - frame.bgr))
        assert not target.exists()
    assert (sink.path, sink.frames, sink.problem) == (str(target), 20, None)
    before, after = see(clip), see(target)
    assert after.greys() == pytest.approx([255 - grey for grey in before.greys()], abs=2)
    assert after.times == before.times
    assert hear(target).packets == hear(clip).packets


def test_open_sink_error_in_the_loop_leaves_what_was_there(clip: str, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.write_text("what was there before")

    def process() -> None:
        with VideoSource(clip) as source, open_sink(target, like=source) as sink:
            for frame in source:
                sink.write(frame)
                if frame.info.index == 10:
                    raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        process()
    assert target.read_text() == "what was there before"
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "out.mp4"]


def test_open_sink_audio_false_leaves_the_audio_out(clip: str, tmp_path: Path) -> None:
    with VideoSource(clip) as source, open_sink(tmp_path / "out.mp4", like=source, audio=False) as sink:
        for frame in source:
            sink.write(frame)
    assert see(tmp_path / "out.mp4").count == 20
    assert not has_audio(tmp_path / "out.mp4")


@pytest.mark.parametrize("complete", [True, False])
def test_open_sink_loop_that_ends_early_keeps_the_audio_that_finish_asks_for(
    complete: bool, clip: str, tmp_path: Path
) -> None:
    with VideoSource(clip) as source, open_sink(tmp_path / "out.mp4", like=source) as sink:
        for frame in source:
            sink.write(frame)
            if frame.info.index == 9:
                break
        sink.finish(complete=complete)
    heard = hear(tmp_path / "out.mp4")
    assert see(tmp_path / "out.mp4").count == 10
    assert heard.packets == hear(clip).packets[: len(heard.packets)]
    assert float(heard.packet_end) == pytest.approx(float(hear(clip).packet_end) if complete else 0.4, abs=0.03)


def test_open_sink_encoding_is_used(clip: str, tmp_path: Path) -> None:
    with VideoSource(clip) as source, open_sink(tmp_path / "o.mkv", like=source, encoding=Encoding("ffv1")) as sink:
        for frame in source:
            sink.write(frame)
    before, after = see(clip), see(tmp_path / "o.mkv")
    assert after.codec == "ffv1"
    assert all(
        np.array_equal(a, b)
        for one, two in zip(before.planes, after.planes, strict=True)
        for a, b in zip(one, two, strict=True)
    )


def test_open_sink_image_is_written_with_alpha(tmp_path: Path) -> None:
    path = str(tmp_path / "in.png")
    assert cv2.imwrite(path, photo())
    with ImageSource(path) as source, open_sink(tmp_path / "out.png", like=source, alpha=True) as sink:
        for frame in source:
            sink.write(frame.with_bgr(np.dstack([frame.bgr, flat(90, 160, 120)[..., 0]])))
    pixels: Any = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)
    assert (pixels[..., :3] == photo()).all()
    assert (pixels[..., 3] == 90).all()


@pytest.mark.parametrize(
    ("name", "kind", "count", "expected"),
    [
        ("out.png", "image", 1, ImageSink),
        ("out.png", "video", 1, ImageSink),
        ("out.mp4", "video", None, VideoSink),
        ("out.webm", "video", 1, VideoSink),
        ("out.mp4", "camera", None, Recorder),
        ("udp://127.0.0.1:{port}", "camera", None, Broadcast),
    ],
)
def test_open_sink_chooses_by_path_and_source(
    name: str, kind: str, count: int | None, expected: type, tmp_path: Path
) -> None:
    source = MemorySource(StreamInfo("memory", kind, 64, 48, frame_count=count))
    path = name.format(port=free_port(socket.SOCK_DGRAM)) if "://" in name else str(tmp_path / name)
    with open_sink(path, like=source) as sink:
        assert type(sink) is expected
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        (
            "out.jpg",
            "video",
            r"'\.jpg' is no video format that is written here, choose one of .*; for an image of each frame",
        ),
        ("out", "video", "out: it has no suffix, choose one of .mp4"),
        ("out.mp4", "image", r"'\.mp4' is not an image format that is written here, choose one of \.jpg"),
        ("out.png", "camera", r"'\.png' is no video format"),
        ("http://host/x", "video", "http:// is read only, choose one of rtmp"),
        ("away/out.mp4", "video", "the folder .*away does not exist, create it first"),
    ],
)
def test_open_sink_wrong_target_is_refused_at_once(name: str, kind: str, message: str, tmp_path: Path) -> None:
    source = MemorySource(StreamInfo("memory", kind, 64, 48))
    with pytest.raises(OutputError, match=message):
        open_sink(name if "://" in name else tmp_path / name, like=source)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("home", [False, True], ids=["path", "tilde"])
def test_open_sink_input_is_not_overwritten(home: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    clip = write_clip(tmp_path / "clip.mp4", flats(3))
    data = Path(clip).read_bytes()
    with (
        VideoSource(clip, name="~/clip.mp4" if home else clip) as source,
        pytest.raises(OutputError, match="it is the input, choose another output"),
    ):
        open_sink(clip, like=source)
    assert Path(clip).read_bytes() == data
    assert os.listdir(tmp_path) == ["clip.mp4"]


def test_open_sink_file_of_the_audio_is_not_overwritten(clip: str, tmp_path: Path) -> None:
    """A source may have another name than the file that it reads, such as a copy of one on a store."""
    with (
        VideoSource(clip, name="s3://bucket/clip.mp4") as source,
        pytest.raises(OutputError, match="it is the input, choose another output"),
    ):
        open_sink(clip, like=source)
    assert os.listdir(tmp_path) == ["clip.mp4"]


def test_open_sink_encoder_that_cannot_be_opened_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **named: Any) -> None:
        raise OutputError("no room")

    monkeypatch.setattr(video_module, "VideoFile", refuse)
    with pytest.raises(OutputError, match="no room"):
        open_sink(tmp_path / "out.mp4", like=MemorySource(VIDEO))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["out.mp4", "out.png"])
def test_file_sink_target_that_becomes_a_folder_is_an_error_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    source = MemorySource(StreamInfo("memory", "video", 64, 48, frame_count=1))
    sink = open_sink(tmp_path / name, like=source)
    sink.write(Frame(FrameInfo(0, 0, 40, source.info), bgr=flat(9)))
    (tmp_path / name).mkdir()
    with pytest.raises(OutputError, match=f"cannot write .*{name}: "):
        sink.finish()
    assert sink.path is None
    sink.finish()
    assert os.listdir(tmp_path) == [name]


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no file that is open")
def test_video_sink_finish_that_fails_leaves_nothing_and_has_no_path(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    sink = open_sink(folder / "out.mp4", like=MemorySource(VIDEO))
    sink.write(Frame(FrameInfo(0, 0, 40, VIDEO), bgr=flat(9)))
    shutil.rmtree(folder)
    with pytest.raises(OutputError, match=f"the folder {folder} was removed while it was written"):
        sink.finish()
    assert sink.path is None
    sink.finish()
    sink.abort()
    assert os.listdir(tmp_path) == []


def test_open_sink_like_that_is_no_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        ArgumentTypeError, match=r"like must be an open source, got 'clip\.mp4': take it from open_source"
    ):
        open_sink(tmp_path / "o.mp4", like="clip.mp4")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["o.mp4", "o.png"])
def test_file_sink_array_instead_of_a_frame_is_an_error(name: str, tmp_path: Path) -> None:
    source = MemorySource(VIDEO if name == "o.mp4" else StreamInfo("photo", "image", 64, 48), [flat(9)])
    with (
        pytest.raises(ArgumentTypeError, match=r"write takes a Frame, got ndarray: write frame\.with_bgr\(image\)"),
        open_sink(tmp_path / name, like=source) as sink,
    ):
        sink.write(flat(9))  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == []


def test_video_sink_times_that_do_not_grow_are_named_in_the_error(tmp_path: Path) -> None:
    def write() -> None:
        with open_sink(tmp_path / "o.mp4", like=MemorySource(VIDEO)) as sink:
            for index, pts in enumerate((0, 80, 40, 40, 120)):
                sink.write(Frame(FrameInfo(index, pts, 40, VIDEO), bgr=flat(9)))

    with pytest.raises(OutputError, match=r"frame 2 is not later than the frame before it; let the source give times"):
        write()
    assert os.listdir(tmp_path) == []


def test_open_sink_is_public() -> None:
    assert framechain.open_sink is open_sink
    assert "open_sink" in framechain.__all__


def test_video_sink_not_open_is_a_sentence(tmp_path: Path) -> None:
    frame = Frame(FrameInfo(0, 0, 40, VIDEO), bgr=flat(9))
    for sink in (VideoSink(tmp_path / "a.mp4"), ImageSink(tmp_path / "a.png"), Broadcast("udp://127.0.0.1:9")):
        with pytest.raises(OutputError, match=r"the sink is not open, call open\(source\) first"):
            sink.write(frame)
    with pytest.raises(OutputError, match=r"the sink is not open, call open\(source\) first"):
        Recorder(tmp_path / "a.mp4").start()
    assert os.listdir(tmp_path) == []


def test_open_sink_source_of_a_part_begins_with_it(tmp_path: Path) -> None:
    class Part(Source):
        info = StreamInfo("part", "video", 64, 48, rate=25)
        begins_at = Fraction(3)

        def __iter__(self) -> Iterator[Frame]:
            for index, image in enumerate(flats(3)):
                yield Frame(FrameInfo(index, 3040 + 40 * index, 40, self.info), bgr=image)

    Engine(source=Part(), output_path=tmp_path / "o.mp4").run()
    assert [float(time) for time in see(tmp_path / "o.mp4").times] == pytest.approx([0.04, 0.08, 0.12], abs=0.001)
