"""Image files in and out: formats, quality, profiles, names and damage."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import Array, corners, photo, psnr

from framechain import Engine, FramechainError, FramechainWarning, RunResult

WIDTH, HEIGHT = 96, 64


def write(path: Path, pixels: Array) -> Path:
    done, data = cv2.imencode(path.suffix, pixels)
    assert done
    path.write_bytes(data.tobytes())  # cv2.imwrite knows no names outside the code page on Windows.
    return path


def read(path: str | Path) -> Array:
    pixels = cv2.imdecode(np.frombuffer(Path(path).read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return pixels


def run(path: Path, *objects: Any, **arguments: Any) -> tuple[RunResult, Array]:
    result = Engine(image_path=path, custom_objects=objects, **arguments).run()
    assert result.output_path
    return result, read(result.output_path)


def seen_by_objects(path: Path) -> Array:
    frames: list[Array] = []

    def look(frame: Array) -> Array:
        frames.append(frame.copy())
        return frame

    Engine(custom_objects=[look]).process_image(path, output_path=path.with_name("seen.png"))
    (frame,) = frames
    assert frame.dtype == np.uint8
    assert frame.flags.c_contiguous
    return frame


# Formats


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tiff", ".bmp", ".webp", ".jp2", ".pgm"])
def test_read_image_grey_becomes_bgr(suffix: str, tmp_path: Path) -> None:
    grey = cv2.cvtColor(photo(WIDTH, HEIGHT), cv2.COLOR_BGR2GRAY)
    frame = seen_by_objects(write(tmp_path / f"grey{suffix}", grey))
    assert frame.shape == (HEIGHT, WIDTH, 3)
    assert psnr(frame, np.repeat(grey[..., None], 3, 2)) > 35


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".webp", ".avif"])
def test_read_image_transparent_pixels_are_composited_over_white(suffix: str, tmp_path: Path) -> None:
    image = np.dstack([corners(WIDTH, HEIGHT), np.full((HEIGHT, WIDTH), 255, np.uint8)])
    image[:32, :48, 3] = 0
    image[:32, 48:, 3] = 102
    frame = seen_by_objects(write(tmp_path / f"alpha{suffix}", image)).astype(int)
    assert np.abs(frame[4:28, 4:44] - 255).max() <= 6
    # Green (0, 200, 0) of 40 % over white.
    assert np.abs(frame[4:28, 52:92] - (153, 233, 153)).max() <= 12
    assert np.abs(frame[36:60, 4:44] - (200, 0, 0)).max() <= 12


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_read_image_16_bits_are_rounded_to_8(channels: int, suffix: str, tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, WIDTH).astype(np.uint16)[None].repeat(HEIGHT, 0)
    image = ramp if channels == 1 else np.dstack([ramp, ramp[:, ::-1], ramp // 2])
    if channels == 4:
        image = np.dstack([image, np.full_like(ramp, 65535)])
    frame = seen_by_objects(write(tmp_path / f"deep{suffix}", image)).astype(float)
    expected = np.dstack([image] * 3) if channels == 1 else image[..., :3]
    assert np.abs(frame - expected / 257).max() <= 0.51


def test_read_image_single_bits_become_colours(tmp_path: Path) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, : WIDTH // 2] = 255
    path = tmp_path / "bits.png"
    path.write_bytes(cv2.imencode(".png", mask, [cv2.IMWRITE_PNG_BILEVEL, 1])[1].tobytes())
    assert np.array_equal(seen_by_objects(path), np.dstack([mask] * 3))


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.full((4, 6), 77, np.uint8), (77, 77, 77)),
        (np.full((4, 6, 1), 77, np.uint8), (77, 77, 77)),
        (np.full((4, 6, 3), (1, 2, 3), np.uint8), (1, 2, 3)),
        (np.full((4, 6, 4), (10, 20, 30, 0), np.uint8), (255, 255, 255)),
        (np.full((4, 6, 3), 65535, np.uint16), (255, 255, 255)),
        (np.full((4, 6, 3), 0.5, np.float32), (128, 128, 128)),
        (np.ones((4, 6), bool), (255, 255, 255)),
    ],
)
def test_process_image_arrays_of_all_dtypes_are_taken_and_not_changed(array: Array, expected: Any) -> None:
    before = array.copy()

    def scribble(frame: Array) -> Array:
        frame[0] = 9
        return frame

    result = Engine(custom_objects=[scribble]).process_image(array)
    assert result.shape == (4, 6, 3)
    assert result[2, 2].tolist() == list(expected)
    assert result[0].max() == 9
    assert np.array_equal(array, before)


@pytest.mark.parametrize(
    "array",
    [np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 2), np.uint8), np.zeros(4), np.zeros((4, 4), np.int64)],
)
def test_process_image_array_that_is_no_image_is_refused(array: Array) -> None:
    with pytest.raises(TypeError, match="an image must be") as caught:
        Engine().process_image(array)
    assert isinstance(caught.value, FramechainError)


def test_process_image_array_is_written_only_if_output_path_is_given(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    Engine().process_image(photo(WIDTH, HEIGHT))
    assert os.listdir(tmp_path) == []
    Engine().process_image(photo(WIDTH, HEIGHT), output_path="chosen.png")
    assert np.array_equal(read("chosen.png"), photo(WIDTH, HEIGHT))


def test_process_image_without_an_image_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is no image to process"):
        Engine().process_image()


# Quality


@pytest.mark.parametrize(("suffix", "decibel"), [(".jpg", 40), (".webp", 36), (".avif", 36)])
def test_encode_image_quality_is_high(suffix: str, decibel: float, samples: Path, tmp_path: Path) -> None:
    portrait = read(samples / "portrait.jpg")
    _, written = run(samples / "portrait.jpg", output_path=tmp_path / f"out{suffix}")
    assert psnr(written, portrait) >= decibel


def test_encode_image_jpeg_colour_has_full_resolution(tmp_path: Path) -> None:
    """Red text on blue is what chroma subsampling smears."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:, ::2], image[:, 1::2] = (200, 0, 0), (0, 0, 200)
    _, written = run(write(tmp_path / "stripes.png", image), output_path=tmp_path / "out.jpg")
    assert psnr(written, image) > 30


@pytest.mark.parametrize("output", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_image_colour_profile_is_kept(suffix: str, output: str, tmp_path: Path) -> None:
    profile = icc_profile(b"RGB ")
    tag = np.frombuffer(profile, np.uint8)[None]
    done, data = cv2.imencodeWithMetadata(suffix, photo(WIDTH, HEIGHT), [cv2.IMAGE_METADATA_ICCP], [tag])
    assert done
    path = tmp_path / f"me{suffix}"
    path.write_bytes(data.tobytes())
    result, _ = run(path, lambda frame: 255 - frame, output_path=tmp_path / f"out{output}")
    assert profile_of(result.output_path or "") == profile


def icc_profile(space: bytes) -> bytes:
    """The smallest that libpng takes: a header (ICC.1:2022, 7.2) and one tag."""
    profile = bytearray(400)
    profile[:4], profile[8:12], profile[12:16] = (400).to_bytes(4, "big"), b"\x04\x40\0\0", b"mntr"
    profile[16:20], profile[20:24], profile[36:40] = space, b"XYZ ", b"acsp"
    profile[68:80] = bytes.fromhex("0000f6d6 00010000 0000d32d")  # D50
    profile[128:144] = (1).to_bytes(4, "big") + b"desc" + (144).to_bytes(4, "big") + (256).to_bytes(4, "big")
    profile[144:] = b"desc" + bytes(4) + bytes(range(248))
    return bytes(profile)


def profile_of(path: str) -> bytes | None:
    data = np.frombuffer(Path(path).read_bytes(), np.uint8)
    _, kinds, blobs = cv2.imdecodeWithMetadata(data, flags=cv2.IMREAD_COLOR)
    found = dict(zip(np.ravel(kinds).tolist(), blobs, strict=False))
    blob = found.get(cv2.IMAGE_METADATA_ICCP)
    return None if blob is None else np.ravel(blob).astype(np.uint8).tobytes()


def test_image_profile_for_cmyk_is_not_kept(tmp_path: Path) -> None:
    tag = np.frombuffer(icc_profile(b"CMYK"), np.uint8)[None]
    done, data = cv2.imencodeWithMetadata(".jpg", photo(WIDTH, HEIGHT), [cv2.IMAGE_METADATA_ICCP], [tag])
    assert done
    path = tmp_path / "print.jpg"
    path.write_bytes(data.tobytes())
    result, _ = run(path)
    assert profile_of(result.output_path or "") is None


# Names


@pytest.mark.parametrize("name", ["日本語 фото.jpg", "with space & 'quotes'.png", "me.v2.jpg", "UPPER.JPG"])
def test_image_names_of_all_kinds_are_read_and_written(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, photo(WIDTH, HEIGHT))
    result, written = run(path)
    stem, suffix = os.path.splitext(name)
    assert result.output_path == str(tmp_path / f"{stem}_out{suffix}")
    assert psnr(written, photo(WIDTH, HEIGHT)) > 35


def test_read_image_format_is_found_by_content_not_by_suffix(tmp_path: Path) -> None:
    path = write(tmp_path / "really.png", photo(WIDTH, HEIGHT)).rename(tmp_path / "me.jpg")
    result, _ = run(path)
    assert Path(result.output_path or "").read_bytes()[:2] == b"\xff\xd8"


# Damage


def test_read_image_jpeg_cut_short_keeps_what_is_there_and_warns(tmp_path: Path) -> None:
    path = write(tmp_path / "me.jpg", photo(320, 240))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.warns(FramechainWarning, match=r"me\.jpg is damaged or cut short"):
        result, written = run(path)
    assert written.shape == (240, 320, 3)
    assert psnr(written[:60], photo(320, 240)[:60]) > 25
    assert "damaged" in result.warnings[0]


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tiff", ".avif"])
def test_read_image_cut_short_is_refused(suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"me{suffix}", photo(320, 240))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 5 // 10])
    with pytest.raises(ValueError, match=rf"me\{suffix}.*cut short") as caught:
        run(path)
    assert isinstance(caught.value, FramechainError)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("content", [b"", b"This is no image.\n" * 50, b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_read_image_content_that_is_no_image_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "me.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot read .*me\.png: ") as caught:
        run(path)
    assert isinstance(caught.value, FramechainError)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["me.png"]


def test_image_path_missing_or_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"image not found: .*me\.png") as caught:
        Engine(image_path=tmp_path / "me.png").run()
    assert isinstance(caught.value, FramechainError)
    with pytest.raises(ValueError, match="it is a folder, give an image"):
        Engine(image_path=tmp_path).run()


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.filterwarnings("ignore::framechain.FramechainWarning")
def test_read_image_files_of_other_projects_are_read_or_refused_by_name(shared: Path, tmp_path: Path) -> None:
    suffixes = (".jpg", ".png", ".pgm", ".avif")
    folder = sorted((shared / "odd").iterdir())
    found = [path for path in folder if path.suffix in suffixes and "giant" not in path.name]
    assert len(found) > 15
    for path in found:
        if path.name in ("sharp_corrupt-header.jpg", "sharp_truncated.png"):
            with pytest.raises(FramechainError, match=path.name):
                Engine().process_image(path, output_path=tmp_path / "out.png")
        else:
            frame = Engine().process_image(path, output_path=tmp_path / "out.png")
            assert (frame.ndim, frame.dtype) == (3, np.uint8)
            assert frame.std() > 1, path.name


def test_process_image_highlights_of_a_float_file_are_clipped(tmp_path: Path) -> None:
    path = write(tmp_path / "hdr.tiff", np.array([[0.5, 40, -2]], np.float32))
    assert seen_by_objects(path)[0, :, 0].tolist() == [128, 255, 0]
