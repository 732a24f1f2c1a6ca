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

from ..errors import MediaError, MissingInputError, OutputError, reason
from ..files.locks import ScratchFolder
from ..files.paths import ALPHA_SUFFIXES, make_write_error
from ..pixels.image import Image, to_bgr_image
from .image_headers import begins_as_picture, is_cut_short, read_image_size
from .input_file import check_input_file
from .limits import MAX_IMAGE_PIXELS, check_pixel_count
from .native_messages import hide_native_messages

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


def read_image(path: str, *, name: str | None = None) -> Picture:
    """Read a picture file.

    Args:
        path: jpg, png, webp, bmp, tiff, avif, jp2, pnm; grey, with alpha, of 8 or 16 bits, EXIF-turned.
        name: What to call it in errors; the path if not given.

    Returns:
        The picture, upright.

    Raises:
        MissingInputError: If there is no such file.
        MediaError: If it is a folder, a device, empty, no picture, or larger than `MAX_IMAGE_PIXELS` or the environment
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
    size = read_image_size(data.data)
    if size is not None:
        check_pixel_count(name, *size, MAX_IMAGE_PIXELS)
    if is_cut_short(data.data):
        raise MediaError(f"cannot read {name}: it is damaged or cut short, its header promises more than there is")
    with hide_native_messages(*_OPENCV_NOISE, _JPEG_DAMAGE) as noise:
        pixels, profile = _decode(data)
        cut_short = pixels is None and data[:2].tobytes() == _JPEG_START
        if cut_short:  # With an end of its own, OpenCV gives what is there.
            pixels, profile = _decode(np.append(data, np.frombuffer(_JPEG_END, np.uint8)))
    if pixels is None:
        raise no_picture
    told = [line.removeprefix(_JPEG_DAMAGE).strip() for line in noise if line.startswith(_JPEG_DAMAGE)]
    damage = told[0] if told else "its end is missing" if cut_short else None
    problem = f"{name} is damaged or cut short ({damage}): a part of the picture may be grey" if damage else None
    return Picture(to_bgr_image(pixels), profile, problem)


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


def check_image_suffix(path: str, *, alpha: bool = False) -> str:
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


def encode_image(pixels: Image, path: str, *, icc_profile: NDArray[np.uint8] | None = None) -> bytes:
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
    suffix = check_image_suffix(path, alpha=pixels.shape[2] == 4)
    options = _WRITE_OPTIONS[suffix]
    try:
        with (
            hide_native_messages(*_OPENCV_NOISE),
            _own_temporary_files() if suffix == ".jp2" else contextlib.nullcontext(),
        ):
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
        raise make_write_error(path, error) from error
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
