"""Still pictures: from file bytes to frames and back."""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ._native import noise_hidden
from .errors import ArgumentError, ArgumentTypeError, MediaError, MissingInputError, OutputError
from .headers import begins_as_picture, is_cut_short, picture_size
from .limits import PICTURE_PIXELS, refuse_larger
from .locks import ScratchFolder
from .paths import ALPHA_SUFFIXES, cannot_write, check_input_file, reason
from .stream import Image

_WRITE_OPTIONS: dict[str, list[int]] = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444],
    ".png": [cv2.IMWRITE_PNG_COMPRESSION, 4],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 95],
    ".avif": [cv2.IMWRITE_AVIF_QUALITY, 90],
    ".bmp": [],
    ".tiff": [],
    ".jp2": [],
    ".ppm": [],
}
_SAME_AS = {".jpeg": ".jpg", ".jpe": ".jpg", ".tif": ".tiff", ".dib": ".bmp", ".pnm": ".ppm"}
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
# libjpeg tells damage on stderr and nowhere else.
_JPEG_DAMAGE = "Corrupt JPEG data:"
_OPENCV_NOISE = ("[ WARN:", "[ERROR:", "[ INFO:", "libpng ")
_ALPHA_BACKDROP = 255
_EXIF_ORIENTATION = 0x0112
_OPENCV_TEMPORARY = "OPENCV_TEMP_PATH"


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: uint8 (H, W, 3) BGR, upright.
        icc_profile: The colour profile it came with, to be written back; None if it had none.
        problem: What is wrong with the file though it could be read, as a sentence.
    """

    pixels: Image
    icc_profile: NDArray[np.uint8] | None = None
    problem: str | None = None


def as_frame(pixels: NDArray[Any]) -> Image:
    """Bring any decoded picture to what the objects see.

    Args:
        pixels: (H, W), (H, W, 1), (H, W, 3) BGR or (H, W, 4) BGRA; uint8, uint16, or floats in [0, 1].

    Returns:
        uint8 (H, W, 3) BGR, C-contiguous; where it is see-through, over white.

    Raises:
        ArgumentTypeError: If it is no array of such a shape and kind.

    Example:
        >>> as_frame(np.full((2, 2), 65535, np.uint16))[0, 0].tolist()
        [255, 255, 255]
    """
    if not isinstance(pixels, np.ndarray) or pixels.size == 0:
        raise ArgumentTypeError(f"a picture must be a non-empty numpy array, got {type(pixels).__name__}")
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4):
        raise ArgumentTypeError(f"a picture must be (height, width) with 1, 3 or 4 channels, got shape {pixels.shape}")
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    elif np.issubdtype(pixels.dtype, np.floating):
        pixels = (np.clip(np.nan_to_num(pixels), 0, 1) * 255 + 0.5).astype(np.uint8)
    elif pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * 255
    elif pixels.dtype != np.uint8:
        raise ArgumentTypeError(f"a picture must be uint8, uint16 or floats in 0..1, got {pixels.dtype}")
    if pixels.shape[2] == 1:
        return cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.uint16)
        over = pixels[..., :3] * alpha + _ALPHA_BACKDROP * (255 - alpha)
        return ((over + 127) // 255).astype(np.uint8)
    return np.ascontiguousarray(pixels)


def read_picture(path: str, *, name: str | None = None) -> Picture:
    """Read a picture file.

    Args:
        path: jpg, png, webp, bmp, tiff, avif, jp2, pnm; grey, with alpha, of 8 or 16 bits, EXIF-turned.
        name: What to call it in errors; the path if not given.

    Returns:
        The picture, upright.

    Raises:
        MissingInputError: If there is no such file.
        MediaError: If it is a folder, a device, empty, no picture, or larger than `PICTURE_PIXELS` or the environment
            allows.
    """
    name = name or path
    check_input_file(path, name)
    no_picture = MediaError(f"cannot read {name}: it is no picture that OpenCV understands, or it is cut short")
    try:
        with open(path, "rb") as file:
            if not begins_as_picture(file.read(64)):  # Whatever it is, it is not brought into memory.
                raise no_picture
        # Not cv2.imread: on Windows it knows no path outside the code page.
        data = np.fromfile(path, np.uint8)
    except FileNotFoundError as error:
        raise MissingInputError(f"picture not found: {name}") from error
    except OSError as error:
        raise MediaError(f"cannot read {name}: {reason(error)}") from error
    size = picture_size(data.data)
    if size is not None:
        refuse_larger(name, *size, PICTURE_PIXELS)
    if is_cut_short(data.data):
        raise MediaError(f"cannot read {name}: it is damaged or cut short, its header promises more than there is")
    with noise_hidden(*_OPENCV_NOISE, _JPEG_DAMAGE) as noise:
        pixels, profile = _decode(data)
        cut_short = pixels is None and data[:2].tobytes() == _JPEG_START
        if cut_short:  # With an end of its own, OpenCV gives what is there.
            pixels, profile = _decode(np.append(data, np.frombuffer(_JPEG_END, np.uint8)))
    if pixels is None:
        raise no_picture
    told = [line.removeprefix(_JPEG_DAMAGE).strip() for line in noise if line.startswith(_JPEG_DAMAGE)]
    damage = told[0] if told else "its end is missing" if cut_short else None
    problem = f"{name} is damaged or cut short ({damage}): a part of the picture may be grey" if damage else None
    return Picture(as_frame(pixels), profile, problem)


def _decode(data: NDArray[np.uint8]) -> tuple[NDArray[Any] | None, NDArray[np.uint8] | None]:
    # The one mode that keeps alpha also ignores EXIF's orientation, hence a second look where there is alpha.
    upright = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR
    try:
        pixels, kinds, blobs = cv2.imdecodeWithMetadata(data, flags=upright)
        if pixels is None:
            return None, None
        found = dict(zip(np.ravel(kinds).tolist(), blobs, strict=False))
        whole = None if data[:2].tobytes() == _JPEG_START else cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        if whole is not None and whole.ndim == 3 and whole.shape[2] == 4:
            pixels = _upright(whole, found.get(cv2.IMAGE_METADATA_EXIF))
        profile = found.get(cv2.IMAGE_METADATA_ICCP)
        if profile is not None:
            # Bytes 16 to 19 tell what a profile is for (ICC.1:2022, 7.2.6): one for ink or grey does not fit any more.
            profile = np.ravel(profile).astype(np.uint8)
            profile = profile if profile[16:20].tobytes() == b"RGB " else None
        return pixels, profile
    except cv2.error:
        return None, None


def _upright(pixels: NDArray[Any], exif: NDArray[Any] | None) -> NDArray[Any]:
    orientation = 1 if exif is None else _orientation(exif.tobytes())
    mirrored = pixels[:, ::-1] if orientation in (2, 4, 5, 7) else pixels
    clockwise_quarters = {3: 2, 4: 2, 5: 3, 6: 1, 7: 1, 8: 3}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(mirrored, -clockwise_quarters))


def _orientation(exif: bytes) -> int:
    """EXIF's tag 0x0112, 1 to 8 (CIPA DC-008, 4.6.5); 1 where it is not told."""
    data = exif.removeprefix(b"Exif\0\0")
    order = ">" if data[:2] == b"MM" else "<"
    try:
        (start,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, start)
        for entry in range(count):
            tag, _, _, value = struct.unpack_from(order + "HHIH", data, start + 2 + 12 * entry)
            if tag == _EXIF_ORIENTATION:
                return int(value)
    except struct.error:
        pass
    return 1


def picture_suffix(path: str, *, alpha: bool = False) -> str:
    """The picture format that a path's suffix asks for.

    Args:
        path: The output.
        alpha: Whether it must hold alpha.

    Returns:
        One suffix for all spellings: ".jpg" for x.JPEG.

    Raises:
        OutputError: If it is none that is written here.
    """
    suffix = os.path.splitext(path)[1].lower()
    suffix = _SAME_AS.get(suffix, suffix)
    if suffix not in _WRITE_OPTIONS:
        raise OutputError(
            f"cannot write {path}: {suffix or 'no suffix'!r} is no picture format that is written here, "
            f"choose one of {', '.join(_WRITE_OPTIONS)}"
        )
    if alpha and suffix not in ALPHA_SUFFIXES:
        able = [known for known in _WRITE_OPTIONS if known in ALPHA_SUFFIXES]
        raise OutputError(f"cannot write {path}: {suffix} holds no alpha, choose one of {', '.join(able)}")
    return suffix


def encode_picture(pixels: Image, path: str, *, icc_profile: NDArray[np.uint8] | None = None) -> bytes:
    """Turn a frame into a picture file's bytes, at high quality.

    Args:
        pixels: uint8 (H, W, 3) BGR or (H, W, 4) BGRA.
        path: Its suffix says the format.
        icc_profile: A colour profile to embed where the format can hold one.

    Returns:
        The file's content.

    Raises:
        OutputError: If the suffix is not known, or the format cannot hold such a picture.
    """
    suffix = picture_suffix(path, alpha=pixels.shape[2] == 4)
    options = _WRITE_OPTIONS[suffix]
    try:
        with noise_hidden(*_OPENCV_NOISE), _own_temporary_files() if suffix == ".jp2" else contextlib.nullcontext():
            if icc_profile is not None and suffix in (".jpg", ".png", ".webp"):
                done, data = cv2.imencodeWithMetadata(
                    suffix, pixels, [cv2.IMAGE_METADATA_ICCP], [icc_profile[None]], options
                )
            else:
                done, data = cv2.imencode(suffix, pixels, options)
    except cv2.error as error:
        height, width = pixels.shape[:2]
        raise OutputError(
            f"cannot write {path}: {suffix} cannot hold a {width}x{height} picture ({error.err})"
        ) from error
    except OSError as error:  # There is no room for temporary files.
        raise cannot_write(path, error) from error
    if not done:
        raise OutputError(f"cannot write {path}: OpenCV could not encode it as {suffix}")
    return bytes(data)


@contextlib.contextmanager
def _own_temporary_files() -> Iterator[None]:
    # OpenCV writes JPEG 2000 by way of a temporary file, which it forgets where that fails.
    before = os.environ.get(_OPENCV_TEMPORARY)
    with ScratchFolder() as folder:
        os.environ[_OPENCV_TEMPORARY] = folder
        try:
            yield
        finally:
            os.environ.pop(_OPENCV_TEMPORARY)
            if before is not None:
                os.environ[_OPENCV_TEMPORARY] = before


def fit(picture: Image, width: int, height: int, how: str = "cover") -> Image:
    """Bring a picture to a size.

    Args:
        picture: uint8 (H, W, 3).
        width: Pixels across.
        height: Pixels down.
        how: "cover" scales until nothing is bare and crops the middle; "contain" scales until all is seen and
            fills the rest with black; "stretch" changes the proportions.

    Returns:
        uint8 (height, width, 3).

    Raises:
        ArgumentError: If `how` is none of these.

    Example:
        >>> fit(np.zeros((10, 40, 3), np.uint8), 20, 20).shape
        (20, 20, 3)
    """
    if how not in FITS:
        raise ArgumentError(f"fit must be one of {', '.join(FITS)}, got {how!r}")
    old_height, old_width = picture.shape[:2]
    if (old_width, old_height) == (width, height):
        return picture
    if how == "stretch":
        return _scaled(picture, width, height)
    scale = (max if how == "cover" else min)(width / old_width, height / old_height)
    if how == "contain":
        inner = _scaled(picture, max(1, round(old_width * scale)), max(1, round(old_height * scale)))
        result = np.zeros((height, width, 3), np.uint8)
        top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
        result[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
        return result
    # Crop first, then scale: a panorama behind a portrait would otherwise be blown up to be thrown away.
    crop_width, crop_height = min(old_width, round(width / scale)), min(old_height, round(height / scale))
    left, top = (old_width - crop_width) // 2, (old_height - crop_height) // 2
    return _scaled(picture[top : top + max(1, crop_height), left : left + max(1, crop_width)], width, height)


FITS = ("cover", "contain", "stretch")


def _scaled(picture: Image, width: int, height: int) -> Image:
    smaller = width * height < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(picture, (width, height), interpolation=how).astype(np.uint8, copy=False)


def shrink(picture: Image, width: int, height: int) -> Image:
    """Make a picture much smaller, fast and without aliasing: halve while it can be halved, then resize.

    Halving by averages is vectorised in OpenCV and costs a fifth of one area resize of the same total factor.

    Args:
        picture: uint8 (H, W) or (H, W, 3).
        width: Pixels across of the result.
        height: Pixels down of the result.

    Returns:
        uint8 (height, width) or (height, width, 3).
    """
    while picture.shape[1] >= 2 * width and picture.shape[0] >= 2 * height:
        half = picture.shape[1] // 2, picture.shape[0] // 2
        picture = cv2.resize(picture, half, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    if picture.shape[:2] != (height, width):
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    return picture


def writable(frame: Image) -> Image:
    """Hold callers other than an `Engine` to the contract, as OpenCV would work on some wrong arrays and be wrong."""
    if (
        isinstance(frame, np.ndarray) and frame.dtype == np.uint8 and frame.ndim == 3
        and frame.shape[2] == 3 and frame.size
    ):  # fmt: skip
        return np.require(frame, requirements=["C", "W"])
    found = f"{frame.dtype} of shape {frame.shape}" if isinstance(frame, np.ndarray) else type(frame).__name__
    raise ArgumentTypeError(f"a frame must be a uint8 array (height, width, 3), got {found}")
