"""Files of a few bytes that promise more pixels than any memory holds are refused before it is taken."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support.image_headers import (
    HEIGHT,
    HUGE,
    WIDTH,
    encode_image,
    make_image_with_false_size,
    make_png,
    make_tiff,
    make_webp,
    promises_too_much,
)
from support.media import flats, see, write_clip
from support.patience import PATIENCE

from framechain import Engine, FramechainError
from framechain.backgrounds import Gallery, Picture, Video
from framechain.media.limits import MAX_IMAGE_PIXELS, MAX_VIDEO_PIXELS, VARIABLE, check_pixel_count, get_pixel_limit
from framechain.pixels.pyav import av


@pytest.mark.parametrize(("place", "promised"), [(16, (15_000, 15_000)), (33, (444_596_256,))], ids=["size", "chunk"])
def test_image_png_promising_more_than_it_holds_is_refused(
    place: int, promised: tuple[int, ...], tmp_path: Path
) -> None:
    data = bytearray(encode_image(".png"))
    struct.pack_into(f">{len(promised)}I", data, place, *promised)
    struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    path = tmp_path / "me.png"
    path.write_bytes(data)
    with pytest.raises(FramechainError, match=r"me\.png: it is damaged or cut short, its header promises more"):
        Engine(image_path=path).run()
    assert not promises_too_much(make_png(4_000))
    assert not promises_too_much(encode_image(".png"))
    assert promises_too_much(make_png(4_000)[:1_000])


# Bombs

_CHILD = """
import json, resource, sys
sys.path.insert(0, sys.argv[1])
from framechain import Engine, FramechainError
from framechain.backgrounds import Picture, Video
def peak():
    try:  # What Linux calls ru_maxrss begins with the parent's.
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e3
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
def image(path): Engine(image_path=path, output_path=path + ".out.png").run()
def video(path): Engine(video_path=path, output_path=path + ".out.mp4").run()
reported = {}
for name, path in json.load(sys.stdin):
    open_it = {"image": image, "video": video, "background": Picture, "video-background": Video}[name.split()[0]]
    try:
        open_it(path)
        reported[name] = "taken"
    except FramechainError as error:
        reported[name] = str(error)
    reported[name] += f" ({peak():.0f} MB)"
print(json.dumps(reported))
"""


@pytest.fixture(scope="module")
def bombs(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Open each bomb in one child process; return its error and the peak of memory so far, by its name."""
    pytest.importorskip("resource", reason="Windows does not report the peak of memory")
    folder = tmp_path_factory.mktemp("bombs")
    made = {
        f"image {suffix}": (suffix, make_image_with_false_size(suffix))
        for suffix in (".jpg", ".gif", ".bmp", ".ras", ".avif", ".jp2")
    }
    made["image .png"] = made["background .png"] = ".png", make_png(HUGE)
    made["image .tiff"] = made["background .tiff"] = ".tiff", make_tiff(HUGE)
    made["image .webp"] = ".webp", make_webp(HUGE)
    made["image .ppm"] = ".ppm", f"P6\n{HUGE} {HUGE}\n255\n".encode()
    made["video .gif"] = made["video-background .gif"] = ".gif", make_image_with_false_size(".gif", 16_000)
    made["video 60000 .gif"] = ".gif", make_image_with_false_size(".gif")
    made["video raw .avi"] = made["video-background raw .avi"] = ".avi", _write_raw_video(folder / "raw.avi")
    made["video png .avi"] = ".avi", _write_png_video(folder / "png.avi", 16_000)
    todo = []
    for name, (suffix, data) in made.items():
        path = folder / f"{name.split()[0]}{len(todo)}{suffix}"
        path.write_bytes(data)
        todo.append((name, str(path)))
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(repository)],
        input=json.dumps(todo), capture_output=True, text=True, timeout=PATIENCE, check=True,
    )  # fmt: skip
    reported: dict[str, str] = json.loads(done.stdout)
    return reported


def _write_raw_video(path: Path) -> bytes:
    """Write uncompressed video whose header says 16,000 x 16,000."""
    data = Path(write_clip(path, flats(3), codec="rawvideo")).read_bytes()
    patched = data.replace(struct.pack("<II", 64, 48), struct.pack("<II", 16_000, 16_000))
    assert patched != data
    return patched


def _write_png_video(path: Path, *sides: int) -> bytes:
    """Write a video whose header says 64 x 64 and whose packets hold squares of these sides."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        stream.codec_context.open()
        for index, side in enumerate(sides):
            packet: Any = av.Packet(make_png(side))
            packet.pts = packet.dts = index
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 25), stream, True
            container.mux(packet)
    return path.read_bytes()


BOMBED = (".jpg", ".gif", ".bmp", ".ras", ".avif", ".jp2", ".png", ".tiff", ".webp", ".ppm")
BOMBS = (
    *(f"image {suffix}" for suffix in BOMBED), "background .png", "background .tiff", "video .gif", "video 60000 .gif",
    "video-background .gif", "video raw .avi", "video-background raw .avi", "video png .avi",
)  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_input_above_the_pixel_limit_is_refused_before_memory_is_taken(name: str, bombs: dict[str, str]) -> None:
    assert sorted(bombs) == sorted(BOMBS)
    sentence, megabytes = bombs[name].removesuffix(" MB)").rsplit(" (", 1)
    assert "cannot read" in sentence
    assert VARIABLE in sentence
    assert "\n" not in sentence
    if name.startswith(("image", "background")):
        assert f"it is {HUGE}x{HUGE}" in sentence
    # Python, OpenCV and FFmpeg themselves take more than 100 MB.
    assert float(megabytes) < 400


@pytest.mark.parametrize("suffix", [".jpg", ".gif"])
def test_image_nearly_empty_is_refused_if_large(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"me{suffix}"
    path.write_bytes(make_image_with_false_size(suffix, 17_000))  # Within the limit, and 870 MB.
    with pytest.raises(FramechainError, match=rf"me\{suffix}: it is damaged or cut short, its header promises more"):
        Engine(image_path=path, output_path=tmp_path / "out.png").run()
    assert os.listdir(tmp_path) == [path.name]
    assert not promises_too_much(make_image_with_false_size(suffix, 8_000))
    assert not promises_too_much(encode_image(suffix))


# The limit


def test_pixel_limits_are_those_that_the_docs_promise() -> None:
    assert MAX_IMAGE_PIXELS == 300_000_000
    assert MAX_VIDEO_PIXELS == 8192 * 8192


@pytest.mark.parametrize(
    ("width", "height", "default"), [(20_000, 15_000, MAX_IMAGE_PIXELS), (8192, 8192, MAX_VIDEO_PIXELS)]
)
def test_check_pixel_count_takes_the_limit_and_refuses_one_more(width: int, height: int, default: int) -> None:
    check_pixel_count("it", width, height, default)
    for size in ((width + 1, height), (width, height + 1)):
        with pytest.raises(
            FramechainError, match=f"it is {size[0]}x{size[1]}, and more than {default} pixels are refus"
        ):
            check_pixel_count("it", *size, default)


def test_pixel_limit_of_images_can_be_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "me.png"
    path.write_bytes(encode_image(".png"))
    run = Engine(image_path=path).run
    monkeypatch.setenv(VARIABLE, str(WIDTH * HEIGHT - 1))
    for refuse in (run, lambda: Picture(path), lambda: Gallery(tmp_path)):
        with pytest.raises(FramechainError, match=rf"me\.png: it is 53x37.*{VARIABLE}={WIDTH * HEIGHT}"):
            refuse()
    monkeypatch.setenv(VARIABLE, str(WIDTH * HEIGHT))
    assert run().frames_written == 1
    assert len(Gallery(tmp_path).paths) == 2


def test_pixel_limit_of_videos_can_be_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "clip.mp4", flats(3))
    run = Engine(video_path=path).run
    monkeypatch.setenv(VARIABLE, str(64 * 48 - 1))
    for refuse in (run, lambda: Video(path)):
        with pytest.raises(FramechainError, match=rf"clip\.mp4: .*{VARIABLE}"):
            refuse()
    # Limits above the largest number that FFmpeg takes are possible, too.
    for limit in (64 * 64, HUGE * HUGE, 10**30):
        monkeypatch.setenv(VARIABLE, str(limit))
        assert run().frames_written == 3


def test_video_growing_above_the_pixel_limit_ends_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grown.avi"
    _write_png_video(path, 64, 64, 128, 128)
    monkeypatch.setenv(VARIABLE, str(100 * 100))
    with pytest.warns(UserWarning, match=rf"grown\.avi is damaged or cut short.*{VARIABLE}"):
        result = Engine(video_path=path).run()
    assert see(result.output_path or "").count == result.frames_written == 2


@pytest.mark.parametrize("reported", ["many", "-5", "0", "1e9", "٣"])
def test_get_pixel_limit_unusable_value_is_an_error(reported: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, reported)
    with pytest.raises(FramechainError, match=f"{VARIABLE} must be a whole number"):
        get_pixel_limit(MAX_VIDEO_PIXELS)
