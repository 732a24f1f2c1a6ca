"""Makes the pictures of the guides on calls, green screens, phones, objects and sources, from the sample clip.

Run from the repository's root: `python docs/make_guides_of_sample.py`. It needs no network.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

import framechain  # noqa: E402
from framechain import Engine, FindMatte, MPSegmentation  # noqa: E402
from framechain.mattes import MediaPipeMatte  # noqa: E402
from framechain.pixels.pyav import av  # noqa: E402

CLIP, GUIDES = ROOT / "samples" / "clip.mp4", ROOT / "docs" / "guides"
MOMENT, TILE, GAP = 2.5, (480, 270), 8


def save(name: str, tiles: list[Any]) -> None:
    """Write images of one height beside each other, and print the size of the file."""
    parts = []
    for tile in tiles:
        width = round(tile.shape[1] * TILE[1] / tile.shape[0])
        picture = cv2.resize(tile, (width, TILE[1]), interpolation=cv2.INTER_AREA)
        parts += [np.full((TILE[1], GAP, 3), 255, np.uint8), picture]
    path = GUIDES / f"{name}.jpg"
    cv2.imwrite(str(path), np.hstack(parts[1:]), [cv2.IMWRITE_JPEG_QUALITY, 85])
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def process(*objects: Any) -> Any:
    """Return the frame at MOMENT of the sample clip, as it leaves a chain."""
    with framechain.read(CLIP, start=MOMENT - 0.5, end=MOMENT, objects=list(objects)) as frames:
        return [np.asarray(frame) for frame in frames][-1]


def load_example(page: str, name: str) -> Any:
    """Return a function or class of a page's snippets, without what the snippet does with it."""
    for program in re.findall(r"```python\n(.*?)```", (GUIDES / page).read_text(encoding="utf-8"), re.DOTALL):
        if re.search(rf"^(?:def|class) {name}\b", program, re.MULTILINE):
            names: dict[str, Any] = {}
            exec(re.split(r"^(?:Engine|result|print|pictures)\b", program, flags=re.MULTILINE)[0], names)  # noqa: S102
            return names[name]
    raise LookupError(f"{page} has no {name}")


def show_alpha(image: Any) -> Any:
    """Lay an image with alpha over a checkerboard."""
    rows, columns = np.indices(image.shape[:2]) // 20
    board = np.where((rows + columns) % 2, 235, 200)[..., None].astype(np.float32)
    share = image[..., 3:].astype(np.float32) / 255
    return (image[..., :3] * share + board * (1 - share)).round().astype(np.uint8)


def store_as_a_phone(path: Path) -> None:
    """Write an upright part of the sample clip lying on its side, with the note that it must be turned."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=30, width=360, height=202)
        video.pix_fmt = "yuv420p"
        video.set_display_rotation(degrees=90)
        for frame in framechain.read(CLIP, start=MOMENT - 0.5, end=MOMENT):
            upright = frame.bgr[:, 279:481]
            lying = np.ascontiguousarray(np.rot90(upright, -1))
            out.mux(video.encode(av.VideoFrame.from_ndarray(lying, "bgr24")))
        out.mux(video.encode(None))


def main() -> None:
    """Make all pictures."""
    before = process()
    save("blur_a_call", [before, process(MPSegmentation(bg_blur_ratio=0.1))])
    cut_out = framechain.cut_out(before)
    save("green_screen", [process(MPSegmentation(bg_color=(64, 177, 0))), show_alpha(cut_out)])
    own = load_example("write_an_object.md", "pixels_behind")
    save("write_an_object", [before, process(FindMatte(MediaPipeMatte()), own)])
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "IMG_0042.mov"
        store_as_a_phone(stored)
        with av.open(str(stored)) as file:
            lying = next(file.decode(video=0)).to_ndarray(format="bgr24")
        result = Engine(video_path=stored, custom_objects=[MPSegmentation(bg_blur_ratio=0.1)], progress=False).run()
        save("phone_clips", [lying, framechain.frame_at(str(result.output_path), 0.4).bgr])
    portrait = cv2.imread(str(ROOT / "samples" / "portrait.jpg"))
    ridges = cv2.resize(cv2.imread(str(ROOT / "samples" / "background.jpg")), (640, 360))
    wide = np.zeros_like(ridges)
    wide[:, 140:500] = cv2.resize(portrait, (360, 360), interpolation=cv2.INTER_AREA)
    shown = [frame.bgr for frame in load_example("write_a_source.md", "Show")([wide, ridges])]
    save("write_a_source", [shown[3], shown[12], shown[22]])


if __name__ == "__main__":
    main()
