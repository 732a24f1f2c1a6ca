"""Image and video files on a page: embedded, or linked where they are large."""

from __future__ import annotations

import os
from urllib.parse import quote

from ..contracts import Source
from ..errors import FramechainError
from ..frame import Frame
from ..markup.elements import Element, escape
from ..markup.pictures import encode_picture, make_data_url, make_image_tag, make_picture
from ..sources.open import Kind, guess_kind, open_source
from .allowance import EMBED_LIMIT, Allowance
from .preview import PREVIEW_SECONDS, make_preview

# A larger image is decoded and made smaller: a photograph of a camera has ten times the pixels that a notebook shows.
_LARGEST_IMAGE = 2_000_000


def make_file_element(path: str, allowance: Allowance, *, name: str | None = None) -> Element:
    """Return an image or a video as a part of a page.

    Args:
        path: A local file.
        allowance: Whether it is embedded. What browsers do not show is embedded in any case, as a small picture or
            preview.
        name: What it is called on the page; the path if not given.

    Raises:
        MissingInputError: If there is no such file.
        MediaError: If it is no image or video, or damaged.
    """
    from ..images.browsers import find_browser_type

    name = name or path
    kind: Kind | None = guess_kind(name)
    with open_source(path, kind=None if kind == "camera" else kind) as source:
        first = next(iter(source))
        image_type = find_browser_type(path)
        if image_type is not None or source.info.kind == "image":
            return _make_image(path, name, first, image_type, allowance)
        return _make_video(path, name, source, first, allowance)


def make_link(path: str) -> str:
    """Return the URL of a file that a page in the current folder reaches: relative, if there is such a one.

    Example:
        >>> make_link("out/a:b #1.mp4")
        'out/a%3Ab%20%231.mp4'
    """
    try:
        path = os.path.relpath(path)
    except ValueError:  # On Windows it may lie on another drive.
        path = os.path.abspath(path)
    return quote(os.fsencode(path.replace(os.sep, "/")))


def _make_image(path: str, name: str, frame: Frame, mime_type: str | None, allowance: Allowance) -> Element:
    width, height = frame.size
    caption = f"{name}, {width}x{height}"
    if mime_type is None:
        return make_picture(frame.read_bgr(), name)
    if allowance.embed is False:
        return Element(make_image_tag(make_link(path), caption, width, height), caption, width, height)
    size = os.path.getsize(path)
    if not allowance.embed and (size > _LARGEST_IMAGE or not allowance.take(size)):
        return make_picture(frame.read_bgr(), name)
    url = make_data_url(_read(path), mime_type)
    return Element(make_image_tag(url, caption, width, height), caption, width, height)


def _make_video(path: str, name: str, source: Source, first: Frame, allowance: Allowance) -> Element:
    from ..media.playback import describe_playback

    info = source.info
    duration = info.duration
    length = "" if duration is None else f", {duration:.1f} s"
    caption = f"{name}, {info.width}x{info.height}{length}"
    playback = describe_playback(path)
    size = os.path.getsize(path)
    if playback.problem is not None:
        return _make_preview(path, caption, playback.problem, first)
    if allowance.take(size):
        tag = _make_video_tag(make_data_url(_read(path), playback.mime_type), caption, info.width, info.height)
        return Element(tag, caption, info.width, info.height, duration or 0.0)
    why = "" if allowance.embed is False else f", as more than {EMBED_LIMIT // 1_000_000} MB would be embedded"
    note = f"The file is linked{why}: it is shown as long as it stays where it is; embed=True makes it a part of this."
    poster = f' poster="{encode_picture(first.read_bgr())}"'
    tag = _make_video_tag(make_link(path), caption, info.width, info.height, poster)
    return Element(tag, caption, info.width, info.height, duration or 0.0, (note,))


def _make_preview(path: str, caption: str, problem: str, first: Frame) -> Element:
    """Return a small preview of a video that browsers do not play, or its first frame."""
    try:
        preview = make_preview(path)
    except FramechainError:
        picture = make_picture(first.read_bgr(), "")
        note = f"This is the first frame: {problem}."
        return Element(picture.html, caption, picture.width, picture.height, notes=(note,))
    part = f"the first {PREVIEW_SECONDS} s" if preview.is_cut else "it"
    note = f"This is a small preview of {part}: {problem}."
    tag = _make_video_tag(make_data_url(preview.content, "video/mp4"), caption, preview.width, preview.height)
    return Element(tag, caption, preview.width, preview.height, preview.seconds, (note,))


def _make_video_tag(url: str, caption: str, width: int, height: int, more: str = "") -> str:
    return (
        f'<video controls playsinline preload="auto" src="{escape(url)}" width="{width}" height="{height}" '
        f'aria-label="{escape(caption)}"{more}></video>'
    )


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
