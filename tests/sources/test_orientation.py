"""Rotated clips and images are upright for the objects and in the output."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import Array, corners, photo, psnr, see, write_clip

from framechain import Encoding, Engine

WIDTH, HEIGHT = 96, 64


def run_and_look(path: str, **arguments: Any) -> tuple[list[Array], str]:
    """Run an engine; return the frames that an object saw, and the path of the output."""
    frames: list[Array] = []

    def look(frame: Array) -> Array:
        frames.append(frame.copy())
        return frame

    output = Path(path).with_name("result.mp4")
    Engine(video_path=path, output_path=output, custom_objects=[look], encoding=Encoding(crf=1), **arguments).run()
    return frames, str(output)


def rotate_as_players_do(image: Array, degrees: int, hflip: bool, vflip: bool) -> Array:
    """Return what a player shows: the image rotated counterclockwise, then mirrored."""
    turned = np.rot90(image, degrees // 90)
    turned = turned[:, ::-1] if hflip else turned
    return np.ascontiguousarray(turned[::-1] if vflip else turned)


@pytest.mark.parametrize("vflip", [False, True], ids=["", "vflip"])
@pytest.mark.parametrize("hflip", [False, True], ids=["", "hflip"])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
def test_video_rotated_clip_is_upright_for_objects_and_in_the_output(
    name: str, degrees: int, hflip: bool, vflip: bool, tmp_path: Path
) -> None:
    rotation = {"degrees": degrees, "hflip": hflip, "vflip": vflip}
    source = write_clip(tmp_path / name, [corners(WIDTH, HEIGHT)] * 3, rotation=rotation)
    expected = rotate_as_players_do(corners(WIDTH, HEIGHT), **rotation)
    assert see(source).turned == (not np.array_equal(expected, corners(WIDTH, HEIGHT)))
    frames, output = run_and_look(source)
    assert psnr(frames[1], expected) > 40
    after = see(output)
    assert after.size == expected.shape[1::-1]
    assert not after.turned
    assert psnr(after.bgr(1), expected) > 35


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_video_rotation_changes_no_sample(degrees: int, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "a.mp4", [photo(WIDTH, HEIGHT)] * 2, rotation={"degrees": degrees})
    output = tmp_path / "result.mp4"
    Engine(video_path=source, output_path=output, encoding=Encoding(crf=0, preset="ultrafast")).run()
    for before, after in zip(see(source).planes[1], see(output).planes[1], strict=True):
        assert np.array_equal(np.rot90(before, degrees // 90), after)


def test_video_rotated_clip_of_odd_size_is_complete(tmp_path: Path) -> None:
    image = photo(97, 65)
    source = write_clip(tmp_path / "a.mp4", [image] * 2, pix_fmt="yuv444p", rotation={"degrees": 90})
    frames, output = run_and_look(source)
    assert frames[0].shape == (97, 65, 3)
    assert psnr(frames[0], np.rot90(image)) > 32
    assert see(output).size == (66, 98)


@pytest.mark.parametrize(("degrees", "expected"), [(0, Fraction(4, 3)), (90, Fraction(3, 4)), (180, Fraction(4, 3))])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_video_sample_aspect_ratio_is_kept_and_rotated(
    suffix: str, degrees: int, expected: Fraction, tmp_path: Path
) -> None:
    source = write_clip(
        tmp_path / "a.mp4", [photo(WIDTH, HEIGHT)] * 2, aspect=Fraction(4, 3), rotation={"degrees": degrees}
    )
    assert see(source).aspect == Fraction(4, 3)
    output = tmp_path / f"result{suffix}"
    Engine(video_path=source, output_path=output).run()
    assert see(output).aspect == expected
    assert see(output).size == ((WIDTH, HEIGHT) if degrees % 180 == 0 else (HEIGHT, WIDTH))


def test_video_square_pixels_stay_square(tmp_path: Path) -> None:
    _, output = run_and_look(write_clip(tmp_path / "a.mp4", [photo(WIDTH, HEIGHT)] * 2))
    assert see(output).aspect == 1


def test_video_flip_view_mirrors_the_upright_frame(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "a.mp4", [corners(WIDTH, HEIGHT)] * 2, rotation={"degrees": 90})
    frames, output = run_and_look(source, flip_view=True)
    expected = np.rot90(corners(WIDTH, HEIGHT))[:, ::-1]
    assert psnr(frames[0], expected) > 40
    assert psnr(see(output).bgr(), expected) > 35


# Images


def rotate_as_exif_says(image: Array, orientation: int) -> Array:
    """Return what a viewer shows by CIPA DC-008, 4.6.5, which says where row 0 and column 0 are shown."""
    shown = {
        1: image,
        2: image[:, ::-1],
        3: image[::-1, ::-1],
        4: image[::-1],
        5: image.swapaxes(0, 1),
        6: image[::-1].swapaxes(0, 1),
        7: image[::-1, ::-1].swapaxes(0, 1),
        8: image[:, ::-1].swapaxes(0, 1),
    }[orientation]
    return np.ascontiguousarray(shown)


def make_exif(orientation: int, order: str) -> bytes:
    """Make a TIFF header with the tag for the orientation, 0x0112, alone."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def encode_with_exif(suffix: str, image: Array, orientation: int, order: str) -> bytes:
    data = cv2.imencode(suffix, image)[1].tobytes()
    tags = make_exif(orientation, order)
    if suffix == ".jpg":
        tags = b"Exif\0\0" + tags
        return data[:2] + b"\xff\xe1" + struct.pack(">H", len(tags) + 2) + tags + data[2:]
    if suffix == ".png":
        chunk = b"eXIf" + tags
        # Behind the signature (8 bytes) and IHDR (25).
        return data[:33] + struct.pack(">I", len(tags)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]
    encoded = cv2.imencodeWithMetadata(suffix, image, [cv2.IMAGE_METADATA_EXIF], [np.frombuffer(tags, np.uint8)[None]])
    return bytes(encoded[1])


@pytest.mark.parametrize("order", ["<", ">"], ids=["intel", "motorola"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_image_with_exif_orientation_is_upright(suffix: str, orientation: int, order: str, tmp_path: Path) -> None:
    source = tmp_path / f"me{suffix}"
    source.write_bytes(encode_with_exif(suffix, corners(WIDTH, HEIGHT), orientation, order))
    expected = rotate_as_exif_says(corners(WIDTH, HEIGHT), orientation)
    frames: list[Array] = []

    def look(frame: Array) -> Array:
        frames.append(frame.copy())
        return frame

    result = Engine(image_path=source, custom_objects=[look]).run()
    assert psnr(frames[0], expected) > 25
    # The output has no orientation tag: its pixels are shown as they are stored.
    stored = cv2.imread(result.output_path or "", cv2.IMREAD_UNCHANGED)
    shown = cv2.imread(result.output_path or "")
    assert stored.shape == expected.shape
    assert psnr(stored, expected) > 25
    assert np.array_equal(stored, shown)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_image_with_alpha_and_orientation_is_upright(suffix: str, orientation: int, tmp_path: Path) -> None:
    image = np.dstack([corners(WIDTH, HEIGHT), np.full((HEIGHT, WIDTH), 255, np.uint8)])
    image[: HEIGHT // 2, : WIDTH // 2, 3] = 0
    source = tmp_path / f"me{suffix}"
    source.write_bytes(encode_with_exif(suffix, image, orientation, "<"))
    over_white = corners(WIDTH, HEIGHT)
    over_white[: HEIGHT // 2, : WIDTH // 2] = 255
    processed = Engine(image_path=source).process_image()
    assert psnr(processed, rotate_as_exif_says(over_white, orientation)) > 25


@pytest.mark.shared
@pytest.mark.parametrize("number", [1, 3, 4, 6, 7])
def test_image_of_a_real_camera_is_upright(number: int, shared: Path, tmp_path: Path) -> None:
    """All of sharp's Portrait_N.jpg show the same; the one that needs no turning says what."""
    engine = Engine(output_path=tmp_path / "out.jpg")
    upright = engine.process_image(shared / "odd" / "sharp_Portrait_1.jpg")
    other = engine.process_image(shared / "odd" / f"sharp_Portrait_{number}.jpg")
    assert other.shape == upright.shape
    assert psnr(other, upright) > 20


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "on_its_side"),
    [
        ("clips/androidx_phone_selfie_hevc_rot90.mp4", True),
        ("odd/phpffmpeg_portrait_rot90.MOV", True),
        ("odd/decord_video_90.mov", True),
        ("odd/decord_video_180.mov", False),
        ("odd/androidx_rot270_2997_audio.mp4", True),
    ],
)
def test_video_of_a_real_phone_is_upright(name: str, on_its_side: bool, shared: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    Engine(
        video_path=shared / name,
        output_path=output,
        encoding=Encoding(preset="ultrafast"),
        end_video_frame=2,
        break_on_end=True,
    ).run()
    before, after = see(shared / name, 1), see(output)
    assert before.turned
    assert not after.turned
    assert after.size == (before.size[::-1] if on_its_side else before.size)
