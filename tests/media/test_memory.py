"""Files of a few bytes that promise gigabytes of index are refused on every way in, before memory is taken."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import bombs
from support.bombs import BOMBS
from support.peak import Peak, measure
from support.web import serving

from framechain.pixels.pyav import av
from framechain.sources.video import VideoSource

MOST_MEGABYTES = 400


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with each bomb as an .mp4, and one under other names."""
    folder = tmp_path_factory.mktemp("bombs")
    for name, make in BOMBS.items():
        (folder / f"{name}.mp4").write_bytes(make())
    for suffix in ("mkv", "avi", "ts"):
        (folder / f"named.{suffix}").write_bytes(bombs.fragments(1, 85_000_000))
    return folder


@pytest.fixture(scope="module")
def from_disk(files: Path) -> dict[str, Peak]:
    cases = {f"video {path.name}": ("video", str(path)) for path in sorted(files.iterdir())}
    cases["background four-fragments.mp4"] = "background", str(files / "four-fragments.mp4")
    return measure(cases, files)


@pytest.mark.parametrize(
    "case",
    [*(f"video {name}.mp4" for name in BOMBS), "background four-fragments.mp4"]
    + [f"video named.{suffix}" for suffix in ("mkv", "avi", "ts")],
)
def test_local_file_promising_gigabytes_of_index_is_refused(case: str, from_disk: dict[str, Peak]) -> None:
    text, megabytes = from_disk[case]
    assert f"{case.split()[1]}: its header promises" in text
    assert "\n" not in text
    assert megabytes < MOST_MEGABYTES


@pytest.fixture(scope="module")
def from_web(files: Path) -> Iterator[dict[str, Peak]]:
    with serving(files) as web:
        cases = {f"video {name}.mp4": ("video", f"{web.url}{name}.mp4") for name in BOMBS}
        cases["video named.mkv"] = "video", f"{web.url}named.mkv"
        cases["background four-fragments.mp4"] = "background", f"{web.url}four-fragments.mp4"
        cases |= {f"camera {name}.mp4": ("camera", f"{web.url}{name}.mp4") for name in ("one-fragment", "edits")}
        cases["camera named.ts"] = "camera", f"{web.url}named.ts"
        yield measure(cases, files)


@pytest.mark.parametrize(
    "case",
    [
        *(f"video {name}.mp4" for name in BOMBS),
        "video named.mkv",
        "background four-fragments.mp4",
        "camera one-fragment.mp4",
        "camera edits.mp4",
        "camera named.ts",
    ],
)
def test_stream_promising_gigabytes_of_index_is_refused(case: str, from_web: dict[str, Peak]) -> None:
    text, megabytes = from_web[case]
    assert f"{case.split()[1]}: its header promises" in text
    assert "\n" not in text
    assert megabytes < MOST_MEGABYTES


def _first_packet() -> bytes:
    encoder: Any = av.CodecContext.create("mpeg4", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 64, 48, "yuv420p", Fraction(1, 25)
    return bytes(encoder.encode(av.VideoFrame(64, 48, "yuv420p"))[0])


def test_video_of_ten_hours_opens(tmp_path: Path) -> None:
    """10 hours at 60 frames per second, and as many packets of AAC: of the media, the start is there."""
    packet = _first_packet()
    frames, packets = 2_160_000, 1_687_500
    sizes = np.full(frames, 1000, ">u4")
    sizes[0] = len(packet)
    video = bombs.track(samples=frames, step=17, sizes=sizes.tobytes(), edits=1, length=17 * frames)
    audio = bombs.track(2, samples=packets, step=21, sizes=np.full(packets, 300, ">u4").tobytes())
    path = tmp_path / "film.mp4"
    path.write_bytes(bombs.movie(video, audio, media=packet + bytes(1000)))
    with VideoSource(str(path)) as source:
        assert source.info.frame_count == frames
        assert source.info.duration == pytest.approx(17 / 1000 * frames)
        assert next(iter(source)).bgr.shape == (48, 64, 3)


@pytest.mark.slow
def test_video_of_an_hour_of_fragments_opens(tmp_path: Path) -> None:
    """An hour of fragments of 2 seconds, as recorders and DASH write them."""
    packet = _first_packet()
    content = bytearray()
    for number in range(1800):
        content += bombs.fragment(1 if number == 0 else 120, 1 + number) + bombs.box(b"mdat", bytes(120))
    path = tmp_path / "hour.mp4"
    first = bombs.fragment(1, size=len(packet)) + bombs.box(b"mdat", packet)
    path.write_bytes(bombs.movie(bombs.track(), fragmented=True, after=first + bytes(content)))
    with VideoSource(str(path)) as source:
        assert next(iter(source)).bgr.shape == (48, 64, 3)
        assert source.count_frames() == 1 + 1 + 1799 * 120
