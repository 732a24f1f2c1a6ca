"""What an observer of the output sees of the room: on clips whose true alpha is known, beside the tutorial's recipe.

    python benchmarks/leak.py                             # clips made of samples/
    python benchmarks/leak.py --video clips/              # *_composite.mp4 with *_alpha.mkv, still cameras
    python benchmarks/leak.py --pictures out/             # the recovered rooms as images
    python benchmarks/leak.py --only balanced --video clips/

A background that is replaced still leaks: pixels of the room at the edge, behind a hand, beside what moves. Adding them
up over a call shows parts of the room (Hilgefort, Arp and Rieck, "Spying through Virtual Backgrounds of Video Calls",
AISec 2021: in 35 % of 114 calls with Zoom, Webex and Google Meet, objects in the room could be identified).

shown: per mille of a frame's background pixels (true alpha 0) that the output shows within 8 grey levels in each
channel; mean over the frames, and the worst frame. room: per cent of the room that is shown like that in at least one
frame, at a moment when it is background: more than an observer can collect, who must guess which pixels these are.
half: the same for pixels that are shown at half strength or more. The room is all pixels that are background in at
least one frame; its truth is their mean over these frames. The new background differs from the frame by 128 grey
levels in each channel, so that no pixel is like the room by chance. IoU: of the person, alpha cut at 0.5.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

# isort: split
import sequences  # It puts this checkout before whatever is installed.

# isort: split
import cutters
import cv2
import numpy as np
from labelled import Pair, read_keyed_clip
from scores import Bytes, Mask, compute_iou

from framechain import BackgroundReplacement, Frame, FrameInfo, StreamInfo
from framechain.mattes import MediaPipeMatte
from framechain.mattes.arrays import take_channel_maximum

LIKE = 8
"""Grey levels within which a shown pixel tells what the room looks like."""
HALF = 64
"""Grey levels within which a pixel is at least half the room's, as the new background differs by 128."""
_BACKGROUND = 2  # The true alpha up to which a pixel is background; keying leaves a level or two of noise.
_UNKNOWN = 48, 48, 48

Shown = tuple[Bytes, Bytes]
"""A frame of the output, uint8 (H, W, 3) BGR, and its alpha, uint8 (H, W)."""
Setting = Callable[[], "Output"]


def make_opposite(frame: Bytes) -> Bytes:
    """Return a background, uint8 (H, W, 3), that differs from the frame by 128 grey levels in each channel."""
    return np.asarray(frame ^ np.uint8(128), np.uint8)


class Output:
    """What a viewer gets: frame -> frame and alpha."""

    def __init__(self, replacement: BackgroundReplacement) -> None:
        """Use an object of this package, whose background is `make_opposite`."""
        self._replacement = replacement
        self._count = 0

    def begin(self) -> None:
        """Begin a clip."""
        self._stream = StreamInfo("benchmark", "video", 0, 0)
        self._replacement.open(self._stream)

    def __call__(self, frame: Bytes) -> Shown:
        """Return what is shown of a frame, uint8 (H, W, 3) BGR."""
        result = self._replacement.process_frame(Frame(FrameInfo(self._count, 0, 0, self._stream), bgr=frame.copy()))
        self._count += 1
        assert result.matte_alpha is not None
        return result.bgr, result.matte_alpha

    def close(self) -> None:
        """Release the models."""
        self._replacement.close()


class TutorialOutput(Output):
    """What a viewer gets from the tutorial's recipe."""

    def __init__(self) -> None:
        """Load the model."""
        self._cutter = cutters.TutorialCutter()

    def begin(self) -> None:
        """Do nothing: frames are independent."""

    def __call__(self, frame: Bytes) -> Shown:
        """Return what is shown of a frame."""
        alpha = self._cutter(frame)
        return np.where(alpha[..., None] > 0, frame, make_opposite(frame)), alpha

    def close(self) -> None:
        """Release the model."""
        self._cutter.close()


def _cut(quality: str, *, strict: bool = False) -> Output:
    return Output(BackgroundReplacement(MediaPipeMatte(quality=quality), make_opposite, strict=strict))


SETTINGS: dict[str, Setting] = {
    "tutorial": TutorialOutput,
    "fast": lambda: _cut("fast"),
    "balanced": lambda: _cut("balanced"),
    "best": lambda: _cut("best"),
    "balanced, strict": lambda: _cut("balanced", strict=True),
    "best, strict": lambda: _cut("best", strict=True),
}


@dataclass(frozen=True)
class Room:
    """What is behind the person.

    Attributes:
        truth: uint8 (H, W, 3) BGR.
        known: bool (H, W): where it is background in at least one frame.
    """

    truth: Bytes
    known: Mask


def find_room(frames: Iterable[Pair]) -> Room:
    """Return the room of a clip from a still camera.

    Args:
        frames: uint8 (H, W, 3) BGR, and the true alpha, uint8 (H, W).
    """
    total, count = np.zeros((1, 1, 3), np.float32), np.zeros((1, 1), np.float32)
    for frame, alpha in frames:
        if count.size == 1:
            total, count = np.zeros(frame.shape, np.float32), np.zeros(alpha.shape, np.float32)
        there = cv2.inRange(alpha, 0, _BACKGROUND)
        cv2.accumulate(frame, total, there)
        cv2.accumulate(np.ones_like(alpha), count, there)
    return Room(np.rint(total / np.maximum(count, 1)[..., None]).astype(np.uint8), count > 0)


@dataclass
class LeakScore:
    """What an observer of a clip has seen of its room.

    Attributes:
        room: The truth.
        shown: Per mille of the background that each frame showed.
        overlaps: The IoU of each frame.
    """

    room: Room
    shown: list[float] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        shape = self.room.known.shape
        self._seen, self._half = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
        self._picture = np.full((*shape, 3), _UNKNOWN, np.uint8)

    def add(self, shown: Shown, frame: Bytes, truth: Bytes) -> None:
        """Look at a frame of the output.

        Args:
            shown: The output and its alpha.
            frame: The frame that was processed, uint8 (H, W, 3) BGR.
            truth: The true alpha, uint8 (H, W).
        """
        output, alpha = shown
        background = truth <= _BACKGROUND
        unaltered = background & (take_channel_maximum(cv2.absdiff(output, frame).astype(np.uint8, copy=False)) <= LIKE)
        self.shown.append(1000 * np.count_nonzero(unaltered) / max(1, np.count_nonzero(background)))
        distance = take_channel_maximum(cv2.absdiff(output, self.room.truth).astype(np.uint8, copy=False))
        recovered = background & (distance <= LIKE)
        self._picture[recovered] = output[recovered]
        self._seen |= recovered
        self._half |= background & (distance <= HALF)
        self.overlaps.append(compute_iou(alpha > 127, truth > 127))

    @property
    def recovered(self) -> float:
        """Per cent of the room that was shown."""
        return self._compute_share(self._seen)

    @property
    def recovered_half(self) -> float:
        """Per cent of the room that was shown at half strength or more."""
        return self._compute_share(self._half)

    def _compute_share(self, seen: Mask) -> float:
        return float(100 * np.count_nonzero(seen) / max(1, np.count_nonzero(self.room.known)))

    @property
    def picture(self) -> Bytes:
        """The recovered room, uint8 (H, W, 3) BGR; dark grey where nothing was shown."""
        return self._picture


Clip = tuple[str, Callable[[], Iterator[Pair]]]


def score_clip(output: Output, frames: Callable[[], Iterable[Pair]], room: Room) -> LeakScore:
    """Return what an observer has after a clip."""
    score = LeakScore(room)
    output.begin()
    for frame, truth in frames():
        score.add(output(frame), frame, truth)
    return score


def print_table(clips: list[Clip], settings: Iterable[str], pictures: Path | None) -> None:
    """Print the table of some clips, and write the recovered rooms.

    Args:
        clips: Name and frames.
        settings: The rows.
        pictures: The folder for the images; None for none.
    """
    rooms = [find_room(frames()) for _, frames in clips]
    print(f"{'':20} | {'':22} | shown ‰, mean | worst |  room % |  half % |    IoU")
    for setting in settings:
        output, rows = SETTINGS[setting](), []
        for (clip, frames), room in zip(clips, rooms, strict=True):
            score = score_clip(output, frames, room)
            figures = float(np.mean(score.shown)), max(score.shown), score.recovered, score.recovered_half
            rows.append((*figures, float(np.mean(score.overlaps))))
            print(_format_row(setting, clip, rows[-1]), flush=True)
            if pictures is not None:
                pictures.mkdir(parents=True, exist_ok=True)
                path = pictures / f"{clip}_{setting}.png".replace(",", "").replace(" ", "_")
                if not cv2.imwrite(str(path), score.picture):
                    raise SystemExit(f"leak.py: cannot write {path}")
        print(_format_row(setting, "mean", tuple(np.mean(rows, axis=0).tolist())), flush=True)
        output.close()


def _format_row(setting: str, clip: str, row: tuple[float, ...]) -> str:
    shown, worst, room, half, overlap = row
    return f"{setting:20} | {clip:22} | {shown:13.2f} | {worst:5.1f} | {room:7.2f} | {half:7.2f} | {overlap:6.4f}"


def find_keyed_clips(folder: Path) -> list[Clip]:
    """Return the clips of a folder, each *_composite.mp4 with its *_alpha.mkv.

    Raises:
        SystemExit: If there are none.
    """
    files = sorted(folder.glob("*_composite.mp4"))
    if not files:
        raise SystemExit(f"leak.py: no clips in {folder}: it must hold *_composite.mp4 with *_alpha.mkv")
    return [(file.name[: -len("_composite.mp4")], lambda file=file: read_keyed_clip(file)) for file in files]  # type: ignore[misc]


def list_sample_clips() -> list[Clip]:
    """Return the clips made of samples/ whose room stays the same."""
    return [(clip.name, clip.frames) for clip in sequences.SEQUENCES if clip.name != "scene cut"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="What an observer of the output sees of the room.")
    parser.add_argument("--video", type=Path, metavar="FOLDER", help="with *_composite.mp4 and *_alpha.mkv")
    parser.add_argument(
        "--only", nargs="+", choices=SETTINGS, metavar="SETTING", help="some of: " + "; ".join(SETTINGS)
    )
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="folder for images of the recovered rooms")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    clips = find_keyed_clips(options.video) if options.video else list_sample_clips()
    print_table(clips, options.only or list(SETTINGS), options.pictures)


if __name__ == "__main__":
    main()
