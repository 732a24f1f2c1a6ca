"""`framechain.show`: images, videos, results and mattes in a notebook."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from .adapters import is_matte
from .backgrounds.transparent import Transparent
from .basics.arguments import NONE_ADVICE
from .contracts import FrameObject
from .engine.engine import Engine
from .errors import ArgumentError, ArgumentTypeError
from .files.paths import get_scheme, is_image, is_stream_url, is_video
from .files.stores import open_local_copy
from .frame import Frame
from .markup.comparison import make_comparison
from .markup.elements import Element, escape, make_figure, make_grid, make_note, make_page, make_row, make_table
from .markup.pictures import LONGEST_SIDE, make_picture
from .notebook.allowance import Allowance
from .notebook.files import make_file_element
from .notebook.run_view import make_run_view
from .notebook.view import View
from .objects.replacement import BackgroundReplacement
from .results import get_name
from .run.result import RunResult
from .sinks.target import NO_OUTPUT
from .sources.contents import get_content_name, is_content, open_private_copy
from .sources.open import open_source

MOST_IN_A_GRID = 60
"""Of a longer list only so many are shown."""

# A grid shows pictures some 200 pixels wide, on fine screens with twice as many.
_LONGEST_SIDE_IN_A_GRID = 480


def show(thing: Any, original: Any = None, *, embed: bool | None = None, slider: bool = True) -> View:
    """Show an image, a video, the result of a run or a matte in a notebook, as the last line of a cell.

    In the middle of a cell write `display(framechain.show(...))`.

    Args:
        thing: An array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA, which is laid over a checkerboard; a `Frame`; the path
            of an image or a video, or its content: bytes or a binary file open for reading; the address of a file,
            http or https; a list of these, for a grid; a `RunResult`; or a matte.
        original: What it was made from, for a comparison of before and after; a run knows it in most cases. For a
            matte, the image whose alpha and cut-out are shown; of a video, its first frame.
        embed: Whether files become a part of the notebook; False to link them, relative to the current folder. None
            for up to 20 MB in all. Images above 2 MB become smaller ones then.
        slider: Whether before and after have a divider between them, instead of being side by side.

    Returns:
        What the notebook shows, by its `_repr_html_`.

    Raises:
        ArgumentTypeError: If it is nothing that can be shown.
        ArgumentError: If an array has values that are no colours, or it is a live stream.
        MissingInputError: If there is no such file.
        MediaError: If it is no image or video.
        FramechainError: If a matte fails.

    Example:
        >>> show("samples/portrait.jpg")
        <View of samples/portrait.jpg, 512x512>
        >>> show([np.zeros((48, 64, 3), np.uint8), np.ones((48, 64), np.float32)])
        <View of 2 pictures>
    """
    allowance = Allowance(embed)
    if isinstance(thing, RunResult):
        before = None if original is None else _make_element(original, allowance)
        page = make_run_view(thing, allowance, original=before, slider=slider)
        return View(page, f"a run, {thing.output_path or 'without an output'}")
    if is_matte(thing):
        return _show_matte(thing, original)
    if _is_list(thing):
        return _show_list(thing, allowance)
    element = _make_element(thing, allowance)
    if original is None:
        return View(make_page(make_figure(element)), element.caption)
    before = _make_element(original, allowance)
    return View(make_page(make_comparison(before, element, slider=slider)), f"before and after, {element.caption}")


def _is_list(thing: Any) -> bool:
    if isinstance(thing, np.ndarray):
        return thing.ndim == 4
    is_one = isinstance(thing, str | os.PathLike | dict | Frame) or is_content(thing) or callable(thing)
    return isinstance(thing, Iterable) and not is_one


def _make_element(thing: Any, allowance: Allowance, longest: int = LONGEST_SIDE) -> Element:
    if isinstance(thing, np.ndarray):
        return make_picture(thing, "", longest=longest)
    if isinstance(thing, Frame):
        caption = f"frame {thing.info.index} of {thing.info.stream.name}"
        return make_picture(thing.preview(), caption, longest=longest)
    if isinstance(thing, str | os.PathLike):
        return _make_path_element(os.fspath(thing), allowance)
    if is_content(thing):
        with open_private_copy(thing) as path:  # It is removed: a link would lead nowhere.
            return make_file_element(path, Allowance(embed=True), name=get_content_name(thing))
    raise ArgumentTypeError(
        "show takes an array, a Frame, a path, bytes, a list of these, a RunResult or a matte, got "
        f"{get_name(thing) if callable(thing) else repr(thing)[:80]}{_advise(thing)}"
    )


def _advise(thing: Any) -> str:
    if thing is None:
        return NONE_ADVICE
    if type(thing).__module__.startswith("PIL."):
        return ': give np.asarray(image.convert("RGB"))[..., ::-1]'
    if callable(thing) or isinstance(thing, FrameObject):
        return ": to see what an object does, show Engine(custom_objects=[it]).process_image(image) and the image"
    return ""


def _make_path_element(path: str, allowance: Allowance) -> Element:
    if not path:
        raise ArgumentError("the path to show is empty: give an image or a video")
    if is_stream_url(path):
        if get_scheme(path) not in ("http", "https") or not (is_image(path) or is_video(path)):
            raise ArgumentError(f"{path} is a stream: show a frame of it, as in next(iter(framechain.read(address)))")
        if allowance.embed:
            raise ArgumentError(f"{path} is linked as it is: download it to embed it")
        url = escape(path)
        return Element(f'<img src="{url}">' if is_image(path) else f'<video controls src="{url}"></video>', path)
    with open_local_copy(path, "file") as copy:
        is_copied = get_scheme(path) != ""
        return make_file_element(copy, Allowance(embed=True) if is_copied else allowance, name=path)


def _show_list(things: Iterable[Any], allowance: Allowance) -> View:
    taken = list(islice(things, MOST_IN_A_GRID + 1))
    elements = [_make_element(thing, allowance, _LONGEST_SIDE_IN_A_GRID) for thing in taken[:MOST_IN_A_GRID]]
    if not elements:
        raise ArgumentError("there is nothing to show: the list is empty")
    note = make_note(f"These are the first {MOST_IN_A_GRID}.") if len(taken) > MOST_IN_A_GRID else ""
    return View(make_page(make_grid(elements), note), f"{len(elements)} pictures")


def _show_matte(matte: Any, image: Any) -> View:
    table = make_table(matte.name, matte._list_settings())
    if image is None:
        return View(make_page(table), f"{matte.name}")
    with _open_first_frame(image) as frame:
        pixels = frame.read_bgr()
        name = frame.info.stream.name
    engine = Engine(custom_objects=[BackgroundReplacement(matte, Transparent())], progress=False)
    cut_out = engine.process_image(pixels, NO_OUTPUT)
    pictures = [make_picture(pixels, name), make_picture(cut_out[..., 3], "alpha"), make_picture(cut_out, "cut-out")]
    return View(make_page(make_row(pictures), table), f"{matte.name} and what it finds in {name}")


@contextlib.contextmanager
def _open_first_frame(image: Any) -> Iterator[Frame]:
    if isinstance(image, Frame):
        yield image
        return
    with open_source(image) as source:
        if source.info.live:
            raise ArgumentError("a matte is shown with an image: give a frame of the camera")
        yield next(iter(source))
