"""Still images: from the bytes of a file to pixels and back."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, MissingInputError, OutputError, reason
from ..files.paths import ALPHA_SUFFIXES, check_is_no_folder
from ..media.input_file import check_input_file
from ..media.limits import MAX_IMAGE_PIXELS, check_pixel_count
from ..pixels.image import Image, to_bgr_image
from .jpeg_damage import END_OF_JPEG, find_jpeg_damage

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

    from .header import ImageHeader

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
# OpenCV prints lines of its own when an encoder refuses a size, and does not report which it takes.
_LONGEST_SIDES = {".jpg": 65_500, ".webp": 16_383, ".avif": 65_535}
# Rows that are converted at once: small enough for the processor's cache.
_ROWS = 16


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A decoded image.

    Attributes:
        pixels: uint8 (H, W, 3) BGR, upright.
        icc_profile: The colour profile to be written back; None if there is none.
        problem: What is wrong with the file although it could be read, as a sentence; None if nothing is.
    """

    pixels: Image
    icc_profile: bytes | None = None
    problem: str | None = None


def read_image(path: str, *, name: str | None = None) -> DecodedImage:
    """Read an image file.

    Args:
        path: jpg, png, webp, gif, bmp, tiff, avif, jp2, pnm, pam, pfm, hdr, qoi, pcx, sgi or ras, by its content. Of an
            animation, the first frame is read.
        name: The name in errors; the path if not given.

    Returns:
        The image, upright; transparent pixels are composited over white, 16 bits are rounded to 8.

    Raises:
        MissingInputError: If there is no such file.
        MediaError: If it is a folder, a device, empty, not an image, damaged, or larger than `MAX_IMAGE_PIXELS` or the
            environment allows. Of a JPEG that is cut short, the part that is there is returned, see `problem`.
    """
    name = name or path
    check_input_file(path, name)
    try:
        file = open(path, "rb")  # noqa: SIM115 (the errors of opening and of decoding are different ones)
    except FileNotFoundError as error:
        raise MissingInputError(f"image not found: {name}") from error
    except OSError as error:
        raise MediaError(f"cannot read {name}: {reason(error)}") from error
    with file:
        return _read(file, name)


def _read(file: BinaryIO, name: str) -> DecodedImage:
    from .header import is_incomplete, read_image_header

    damaged = f"cannot read {name}: it is damaged or cut short, its header promises more than there is"
    try:
        header = read_image_header(file)
        if header is None:
            raise MediaError(f"cannot read {name}: it is not an image in a known format, or it is cut short")
        check_pixel_count(name, *header.size, MAX_IMAGE_PIXELS)
        if is_incomplete(header, file):
            raise MediaError(damaged)
        if header.image is None:
            return _decode_by_opencv(file, header, name)
    except OSError as error:
        raise MediaError(f"cannot read {name}: {reason(error)}") from error
    try:
        return _decode_by_pillow(header.image)
    except Exception as error:  # Pillow's decoders raise whatever damaged data make them raise.
        raise MediaError(damaged) from error


def _decode_by_pillow(image: PillowImage) -> DecodedImage:
    from .header import get_orientation

    image.load()
    if image.mode.startswith("I"):
        pixels: NDArray[Any] = np.asarray(image).astype(np.uint16, copy=False)
    else:
        pixels = _convert_to_opencv(image)
    try:
        orientation = get_orientation(image.getexif())
    except Exception:  # EXIF that cannot be read says nothing.
        orientation = 1
    profile = image.info.get("icc_profile")
    return DecodedImage(to_bgr_image(_turn_upright(pixels, orientation)), _check_profile(profile))


def _convert_to_opencv(image: PillowImage) -> NDArray[np.uint8]:
    """Convert to grey, BGR or BGRA. In parts: the whole would be copied twice on the way."""
    width, height = image.size
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in ("1", "L") else "RGB"
    code = {"RGB": cv2.COLOR_RGB2BGR, "RGBA": cv2.COLOR_RGBA2BGRA}.get(mode)
    pixels = np.empty((height, width) if code is None else (height, width, len(mode)), np.uint8)
    for top in range(0, height, _ROWS):
        part = image.crop((0, top, width, min(height, top + _ROWS)))
        rows = np.asarray(part if part.mode == mode else part.convert(mode))
        if code is None:
            pixels[top : top + _ROWS] = rows
        else:
            cv2.cvtColor(rows, code, dst=pixels[top : top + _ROWS])
    return pixels


def _decode_by_opencv(file: BinaryIO, header: ImageHeader, name: str) -> DecodedImage:
    file.seek(0)
    data = file.read()
    is_jpeg = header.format == "JPEG"
    damage = find_jpeg_damage(data, header.scan_start) if is_jpeg else None
    # With an end, OpenCV decodes what is there.
    content = np.frombuffer(data + END_OF_JPEG if damage else data, np.uint8)
    # IMREAD_UNCHANGED keeps alpha, and ignores EXIF's orientation.
    flags = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR if is_jpeg else cv2.IMREAD_UNCHANGED
    try:
        pixels, kinds, blobs = cv2.imdecodeWithMetadata(content, flags=flags)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise MediaError(f"cannot read {name}: it is damaged or cut short, or of a kind that OpenCV cannot decode")
    found = {kind: np.ravel(blob).tobytes() for kind, blob in zip(np.ravel(kinds).tolist(), blobs, strict=False)}
    if not is_jpeg:
        pixels = _turn_upright(pixels, _read_orientation(found.get(cv2.IMAGE_METADATA_EXIF, b"")))
    problem = f"{name} is damaged or cut short ({damage}): a part of the image may be grey" if damage else None
    return DecodedImage(to_bgr_image(pixels, clips=True), _check_profile(found.get(cv2.IMAGE_METADATA_ICCP)), problem)


def _read_orientation(exif: bytes) -> int:
    from PIL.Image import Exif

    from .header import get_orientation

    read = Exif()
    try:
        read.load(exif)
        return get_orientation(read)
    except Exception:  # Pillow's parsers raise whatever damaged data make them raise.
        return 1


def _turn_upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    mirrored = pixels[:, ::-1] if orientation in (2, 4, 5, 7) else pixels
    clockwise_quarters = {3: 2, 4: 2, 5: 3, 6: 1, 7: 1, 8: 3}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(mirrored, -clockwise_quarters))


def _check_profile(profile: bytes | None) -> bytes | None:
    # Bytes 16 to 19 say what a profile is for (ICC.1:2022, 7.2.6): one for ink or grey does not fit BGR.
    return profile if profile is not None and profile[16:20] == b"RGB " else None


def check_image_suffix(path: str, *, alpha: bool = False) -> str:
    """Return the image format that a path's suffix asks for.

    Args:
        path: The output.
        alpha: Whether it must hold alpha.

    Returns:
        One suffix for all spellings: ".jpg" for x.JPEG.

    Raises:
        OutputError: If images are not written in this format, or it holds no alpha.
    """
    suffix = os.path.splitext(path)[1].lower()
    suffix = _SAME_AS.get(suffix, suffix)
    able = [known for known in _WRITE_OPTIONS if known in ALPHA_SUFFIXES or not alpha]
    if suffix not in _WRITE_OPTIONS:
        check_is_no_folder(path, ".png")
        found = f"{suffix!r} is not an image format that is written here" if suffix else "it has no suffix"
        raise OutputError(f"cannot write {path}: {found}, choose one of {', '.join(able)}")
    if suffix not in able:
        raise OutputError(f"cannot write {path}: {suffix} holds no alpha, choose one of {', '.join(able)}")
    return suffix


def encode_image(pixels: Image, path: str, *, icc_profile: bytes | None = None) -> bytes:
    """Encode a frame as an image file, at high quality.

    Args:
        pixels: uint8 (H, W, 3) BGR or (H, W, 4) BGRA.
        path: Its suffix chooses the format.
        icc_profile: A colour profile to embed where the format can hold one.

    Returns:
        The content of the file.

    Raises:
        OutputError: If the suffix is not known, or the format cannot hold such an image.
    """
    suffix = check_image_suffix(path, alpha=pixels.shape[2] == 4)
    height, width = pixels.shape[:2]
    if max(height, width) > _LONGEST_SIDES.get(suffix, max(height, width)):
        raise OutputError(f"cannot write {path}: {suffix} cannot hold a {width}x{height} image, choose another format")
    if suffix == ".jp2":
        return _encode_jpeg2000(pixels)
    options = _WRITE_OPTIONS[suffix]
    try:
        if icc_profile is not None and suffix in (".jpg", ".png", ".webp"):
            profile = np.frombuffer(icc_profile, np.uint8)[None]
            done, data = cv2.imencodeWithMetadata(suffix, pixels, [cv2.IMAGE_METADATA_ICCP], [profile], options)
        else:
            done, data = cv2.imencode(suffix, pixels, options)
    except cv2.error as error:
        raise OutputError(
            f"cannot write {path}: {suffix} cannot hold a {width}x{height} image ({error.err})"
        ) from error
    if not done:
        raise OutputError(f"cannot write {path}: OpenCV could not encode it as {suffix}")
    return bytes(data)


def _encode_jpeg2000(pixels: Image) -> bytes:
    """Encode without loss. OpenCV would need a temporary file, whose folder is set for the whole process."""
    from PIL import Jpeg2KImagePlugin  # noqa: F401 (registers the format)
    from PIL.Image import fromarray

    code = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    file = io.BytesIO()
    fromarray(cv2.cvtColor(pixels, code)).save(file, "JPEG2000")
    return file.getvalue()
