"""Mp4 and mov from the network: the same frames as from disk, and nothing that promises gigabytes."""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import bombs
from support.audio import beeps
from support.media import photos, write_clip
from support.web import Web, serving

from framechain import CameraOptions, Engine, FramechainError
from framechain.media.open_input import open_input, read_packets
from framechain.pixels.pyav import av
from framechain.sources.video import VideoSource

LAYOUTS: dict[str, dict[str, str]] = {
    "end.mp4": {},
    "start.mp4": {"movflags": "+faststart"},
    "fragments.mp4": {"movflags": "frag_keyframe+empty_moov"},
    "index.mp4": {"movflags": "frag_keyframe+empty_moov+global_sidx+dash"},
    "start.mov": {"movflags": "+faststart"},
    "nameless": {"movflags": "+faststart"},
    "matroska.mkv": {},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web")
    noise = np.random.default_rng(0)
    images = [image ^ noise.integers(0, 32, image.shape, np.uint8) for image in photos(24)]
    for name, options in LAYOUTS.items():
        suffix = "" if "." in name else ".mp4"
        path = write_clip(folder / (name + suffix), images, audio=beeps(1.0), container_options=options)
        Path(path).rename(folder / name)
    assert (folder / "end.mp4").stat().st_size > 150_000
    (folder / "bomb.mp4").write_bytes(bombs.BOMBS["four-fragments"]())
    (folder / "bomb").write_bytes(bombs.BOMBS["four-fragments"]())
    return folder


@pytest.fixture
def web(folder: Path) -> Iterator[Web]:
    with serving(folder) as server:
        yield server


def contents(path: str) -> tuple[Any, ...]:
    """What a video holds, and what is reported of it."""
    with VideoSource(path) as source:
        frames = [(frame.info.pts, hashlib.sha256(frame.bgr).digest()) for frame in source]
        return frames, source.info.rate, source.info.duration, source.warnings, source.shortfall()


@pytest.mark.parametrize("name", LAYOUTS)
def test_stream_guard_layout_gives_the_frames_of_the_file(name: str, web: Web, folder: Path) -> None:
    from_disk = contents(str(folder / name))
    assert len(from_disk[0]) == 24
    assert contents(web.url + name) == from_disk
    assert len(web.requests) <= 5


@pytest.mark.parametrize("name", ["start.mp4", "fragments.mp4", "start.mov", "nameless"])
def test_stream_guard_server_that_cannot_seek_gives_all_frames(name: str, web: Web, folder: Path) -> None:
    web.has_ranges = False
    frames, *_, shortfall = contents(web.url + name)
    assert frames == contents(str(folder / name))[0]
    assert shortfall is None


@pytest.mark.parametrize("piece", [1001, 4096])
def test_stream_guard_pieces_of_any_size_give_the_frames_of_the_file(piece: int, web: Web, folder: Path) -> None:
    web.piece, web.has_length, web.has_ranges = piece, False, False
    assert contents(web.url + "fragments.mp4")[0] == contents(str(folder / "fragments.mp4"))[0]


def test_stream_guard_other_formats_go_the_direct_way(web: Web) -> None:
    with open_input(web.url + "matroska.mkv", "clip") as container:
        assert container.io_open is None
    with open_input(web.url + "nameless", "clip") as container:
        assert container.io_open is not None


def test_stream_guard_output_has_the_audio(web: Web, folder: Path, tmp_path: Path) -> None:
    results = [
        Engine(video_path=source, output_path=tmp_path / f"{number}.mp4", progress=False).run()
        for number, source in enumerate((str(folder / "start.mp4"), web.url + "start.mp4"))
    ]
    assert [result.frames_written for result in results] == [24, 24]
    assert (tmp_path / "0.mp4").read_bytes() == (tmp_path / "1.mp4").read_bytes()


# What is refused


@pytest.mark.parametrize("name", ["bomb.mp4", "bomb"])
def test_stream_guard_promise_of_gigabytes_is_refused(name: str, web: Web, tmp_path: Path) -> None:
    camera = CameraOptions(timeout=5, reconnect=0)
    for source in ({"video_path": web.url + name}, {"webcam_id": web.url + name, "camera": camera}):
        with pytest.raises(FramechainError, match=rf"{name}: its header promises \d+ video frames"):
            Engine(output_path=tmp_path / "out.mp4", progress=False, **source).run()
    assert list(tmp_path.iterdir()) == []


def test_stream_guard_server_that_answers_differently_is_refused(web: Web) -> None:
    """It gives the bomb to the second request alone: a look beforehand would have seen nothing."""
    bomb = bombs.BOMBS["four-fragments"]()
    web.change = lambda data, count: data if count == 1 else bomb
    with pytest.raises(FramechainError, match="its header promises"):
        contents(web.url + "nameless")


def test_stream_guard_later_fragment_ends_the_run(web: Web, folder: Path) -> None:
    """The frames before it have been given."""
    start = (folder / "fragments.mp4").read_bytes()
    web.change = lambda data, count: start + bombs.fragment(85_000_000) * 2
    web.has_ranges = web.has_length = False
    with VideoSource(web.url + "fragments.mp4") as source:
        frames = iter(source)
        assert len([next(frames) for _ in range(12)]) == 12
        with pytest.raises(FramechainError, match="its header promises"):
            list(frames)


def test_stream_guard_box_with_a_long_length_hides_nothing(web: Web) -> None:
    media = struct.pack(">I4sQ", 1, b"mdat", 16 + 1000) + bytes(1000)
    bomb = bombs.movie(bombs.track(), fragmented=True, after=media + bombs.fragment(85_000_000))
    web.change = lambda data, count: bomb
    with pytest.raises(FramechainError, match="its header promises 85000000"):
        contents(web.url + "start.mp4")


def _playlist(folder: Path, name: str, segment: bytes) -> str:
    """A playlist of fragmented mp4; returns its name."""
    data = (folder / "fragments.mp4").read_bytes()
    start = data.index(b"moof") - 4
    (folder / f"{name}-start.mp4").write_bytes(data[:start])
    (folder / f"{name}-1.m4s").write_bytes(segment or data[start:])
    lines = [
        "#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", f'#EXT-X-MAP:URI="{name}-start.mp4"',
        "#EXTINF:1.0,", f"{name}-1.m4s", "#EXT-X-ENDLIST", "",
    ]  # fmt: skip
    (folder / f"{name}.m3u8").write_text("\n".join(lines))
    return f"{name}.m3u8"


@pytest.mark.parametrize("is_local", [True, False])
def test_stream_guard_playlist_of_fragments_is_played_and_its_bomb_refused(
    is_local: bool, web: Web, folder: Path
) -> None:
    where = f"{folder}/" if is_local else web.url
    good = _playlist(folder, "good", b"")
    assert len(contents(where + good)[0]) == 24
    bad = _playlist(folder, "bad", bombs.fragment(85_000_000) + bombs.box(b"mdat", bytes(100)))
    with pytest.raises(FramechainError, match=r"bad\.m3u8: its header promises"):
        contents(where + bad)


@pytest.mark.slow
def test_stream_guard_bytes_that_trickle_in_end_in_time(web: Web) -> None:
    web.piece, web.pause = 100, 0.2
    began = time.monotonic()
    with pytest.raises(FramechainError, match=r"start\.mp4: no answer within 0\.6 s"):
        open_input(web.url + "start.mp4", "start.mp4", timeout=(0.6, 5.0))
    assert time.monotonic() - began < 3


@pytest.mark.slow
def test_read_packets_bytes_that_trickle_in_end_in_time(web: Web, folder: Path) -> None:
    path = Path(write_clip(folder / "long.mp4", photos(24) * 10, container_options=LAYOUTS["fragments.mp4"]))
    web.has_ranges = web.has_length = False
    web.piece, web.pause, web.fast_bytes = 100, 0.1, path.stat().st_size * 3 // 4
    moments = []
    with open_input(web.url + "long.mp4", "clip", timeout=(20.0, 0.5)) as container:
        packets = read_packets(container)
        with pytest.raises(av.error.ExitError):
            moments.extend(time.monotonic() for _ in packets)
    assert 50 < len(moments) < 240
    assert time.monotonic() - moments[-1] < 3
