"""docs/recipes.md: each recipe runs as it stands there, and what it made is decoded again."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from support.cameras import camera, steadily
from support.patience import PATIENCE
from support.transport import await_listener, free_port

import framechain
from framechain import Frame, Image
from framechain.sources.video import VideoSource

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
RECIPES = {
    title: (kind, text)
    for title, kind, text in re.findall(
        r"^## (.+?)\n(?:(?!^## ).)*?```(python|bash)\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL
    )
}
FRAMES = 12
MEDIA = ["clip.mp4", "sea.mp4", "second.mp4"]
WIDTH, HEIGHT = 320, 180
UPLOAD = "An upload handler: bytes in, bytes out, with progress and cancel"
LEAVES = "Stop when the person has left"
ADDRESSES = "A network camera in, an effect, a stream out"


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a small clip of a person with audio, and another video whose colour says how late it is."""
    folder = tmp_path_factory.mktemp("recipes")
    with framechain.write(folder / "clip.mp4", fps=25, audio=ROOT / "samples" / "clip.mp4") as out:
        for frame in islice(framechain.read(ROOT / "samples" / "clip.mp4"), FRAMES):
            out(cv2.resize(frame.bgr, (WIDTH, HEIGHT)))
    with framechain.write(folder / "second.mp4", fps=25) as out:
        for frame in framechain.read(folder / "clip.mp4"):
            out(255 - frame.bgr)
    with framechain.write(folder / "leaves.mp4", fps=25) as out:
        for frame in framechain.read(folder / "clip.mp4"):
            out(frame.bgr)
        for _ in range(50):
            out(np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    with framechain.write(folder / "sea.mp4", fps=5) as out:
        for index in range(25):
            out(np.full((90, 160, 3), 10 * index, np.uint8))
    return folder


def run_recipe(title: str, media: Path, folder: Path) -> str:
    for name in MEDIA:
        shutil.copy(media / name, folder / name)
    if title == LEAVES:
        shutil.copy(media / "leaves.mp4", folder / "clip.mp4")
    kind, text = RECIPES[title]
    if title == UPLOAD:
        text += "import framechain; print(sum(1 for _ in framechain.read(result)))"
    strict = [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning"]
    words = ["-c", text] if kind == "python" else [str(ROOT / "main.py"), *shlex.split(text)[1:]]
    done = subprocess.run(
        [*strict, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def decode(path: Path) -> list[Image]:
    return [frame.bgr for frame in framechain.read(path)]


def has_audio(path: Path) -> bool:
    with VideoSource(str(path)) as source:
        return source.audio is not None


def differ(first: Image, second: Image) -> float:
    """Return the mean difference of two images, in grey levels."""
    return float(np.abs(first.astype(int) - second).mean())


def check_transparent(folder: Path, said: str) -> None:
    frames: list[Frame] = list(framechain.read(folder / "clip.mov"))
    assert len(frames) == FRAMES
    probed = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=pix_fmt", "-of", "csv=p=0", str(folder / "clip.mov")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "yuva444p" in probed.stdout


def check_matte(folder: Path, said: str) -> None:
    frames = decode(folder / "matte.mp4")
    assert len(frames) == FRAMES
    assert 0.1 < np.mean(frames[0] > 127) < 0.7
    assert np.mean((frames[0] > 40) & (frames[0] < 215)) < 0.05


def check_border(folder: Path, said: str) -> None:
    frame = decode(folder / "clip_out.mp4")[0].astype(int)
    yellow = (np.abs(frame - (0, 200, 255)).max(axis=2) < 60).mean()
    assert 0.005 < yellow < 0.1


def check_third_second(folder: Path, said: str) -> None:
    assert abs(int(decode(folder / "clip_out.mp4")[0][5, 5, 0]) - 150) < 6
    assert has_audio(folder / "clip_out.mp4")


def check_small(folder: Path, said: str) -> None:
    first = decode(folder / "clip_out.mp4")[0]
    changed = np.abs(first.astype(int) - int(first[5, 5, 0])).max(axis=2) > 40
    assert changed[int(0.6 * HEIGHT) :, int(0.6 * WIDTH) :].mean() > 0.1
    assert changed[: int(0.55 * HEIGHT)].mean() < 0.01
    assert changed[:, : int(0.55 * WIDTH)].mean() < 0.01


def check_region(folder: Path, said: str) -> None:
    result, original = decode(folder / "clip_out.mp4")[0], decode(folder / "clip.mp4")[0]
    middle = WIDTH // 2
    assert differ(result[:, middle + 8 :], original[:, middle + 8 :]) > 5


def check_blur_in_region(folder: Path, said: str) -> None:
    result, original = decode(folder / "clip_out.mp4")[0], decode(folder / "clip.mp4")[0]
    outside, inside = np.s_[:, 124:], np.s_[:40, :80]
    blurred = framechain.backgrounds.Blur()(original)
    assert differ(result[outside], original[outside]) < 2 < differ(blurred[outside], original[outside])
    assert differ(result[inside], blurred[inside]) < 1 < differ(original[inside], blurred[inside])


def check_two_effects(folder: Path, said: str) -> None:
    result, original = decode(folder / "clip_out.mp4")[0], decode(folder / "clip.mp4")[0]
    corner = np.s_[: HEIGHT // 6, : WIDTH // 6]
    assert differ(result[corner], original[corner] // 3) < 4
    inverted = np.abs(result.astype(int) - (255 - original.astype(int))).max(axis=2) < 24
    assert 0.1 < inverted.mean() < 0.7


def check_data(folder: Path, said: str) -> None:
    times = [float(line.split(" s: ")[0]) for line in said.splitlines()]
    assert times == pytest.approx([index / 25 for index in range(FRAMES)], abs=0.001)
    assert all(10 < int(re.findall(r"(\d+)%", line)[0]) < 70 for line in said.splitlines())
    assert sorted(path.name for path in folder.iterdir()) == MEDIA


def check_made(folder: Path, said: str) -> None:
    frames = decode(folder / "made.mp4")
    assert [round(float(frame.mean()) / 5) for frame in frames] == list(range(50))
    assert has_audio(folder / "made.mp4")


def check_upload(folder: Path, said: str) -> None:
    assert f"Progress(frames={FRAMES}, total={FRAMES}" in said
    assert said.split()[-1] == str(FRAMES)
    assert sorted(path.name for path in folder.iterdir()) == MEDIA


def check_part(folder: Path, said: str) -> None:
    assert len(decode(folder / "part.mp4")) == 5
    assert has_audio(folder / "part.mp4")


def check_side_by_side(folder: Path, said: str) -> None:
    frames, original = decode(folder / "both.mp4"), decode(folder / "clip.mp4")
    assert (len(frames), frames[0].shape) == (FRAMES, (HEIGHT, 2 * WIDTH, 3))
    assert differ(frames[-1][:, :WIDTH], original[-1]) < 4
    assert differ(frames[-1][:, WIDTH:], 255 - original[-1]) < 6
    assert has_audio(folder / "both.mp4")


def check_images(folder: Path, said: str) -> None:
    for name in ("0.00.png", "0.20.png", "0.40.png"):
        image = cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED)
        assert image is not None
        assert image.shape == (HEIGHT, WIDTH, 4)
        assert 0.1 < (image[..., 3] > 127).mean() < 0.7
    assert len(list(folder.glob("*.png"))) == 3


def check_animation(folder: Path, said: str) -> None:
    with PIL.Image.open(folder / "person.webp") as animation:
        assert (animation.n_frames, animation.mode) == (FRAMES, "RGBA")  # type: ignore[attr-defined]
        assert animation.getextrema()[3] == (0, 255)


def check_stop(folder: Path, said: str) -> None:
    # One second after the last frame with a person; the matte forgets a person within some frames.
    assert 36 <= len(decode(folder / "clip_out.mp4")) <= 48


def check_slow(folder: Path, said: str) -> None:
    frames = list(framechain.read(folder / "slow.mp4"))
    assert [round(frame.info.time, 2) for frame in frames] == [round(0.08 * index, 2) for index in range(FRAMES)]
    assert not has_audio(folder / "slow.mp4")


CHECKS: dict[str, Callable[[Path, str], None]] = {
    "A transparent video for an editor": check_transparent,
    "The matte as a video": check_matte,
    "A coloured border around the person": check_border,
    "A person over another video, from its third second": check_third_second,
    "The person small, at the bottom right": check_small,
    "Only in a region of the frame": check_region,
    "Blur only inside a region": check_blur_in_region,
    "One effect on the person, another on the background": check_two_effects,
    "Data per frame, with times, and no video": check_data,
    "Frames that a program makes, with audio": check_made,
    UPLOAD: check_upload,
    "A part of a clip, the rest cut away": check_part,
    "Two clips side by side": check_side_by_side,
    "Some frames as transparent images": check_images,
    "A transparent animation": check_animation,
    LEAVES: check_stop,
    "A video at half its speed": check_slow,
}


# One of each kind; the others run with the slow tests.
QUICK = {"A coloured border around the person", UPLOAD}


@pytest.mark.parametrize(
    "title", [title if title in QUICK else pytest.param(title, marks=pytest.mark.slow) for title in CHECKS]
)
def test_recipe_makes_what_it_says(title: str, media: Path, tmp_path: Path) -> None:
    CHECKS[title](tmp_path, run_recipe(title, media, tmp_path))


def test_recipes_all_have_a_check() -> None:
    assert {*CHECKS, ADDRESSES} == set(RECIPES)


def test_recipes_have_six_lines_at_most() -> None:
    for title, (kind, text) in RECIPES.items():
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("import", "from"))]
        assert len(lines) <= 6, title
        assert kind == "python" or len(lines) == 1


@pytest.mark.slow
def test_recipe_from_one_address_to_another(tmp_path: Path) -> None:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("there is no ffmpeg to listen")
    address = f"rtmp://127.0.0.1:{free_port(socket.SOCK_STREAM)}/live/key"
    listen = [ffmpeg, "-v", "error", "-nostdin", "-listen", "1", "-i", address, "-f", "framehash", "-"]
    with camera(steadily(30)) as device, subprocess.Popen(listen, stdout=subprocess.PIPE, text=True) as listener:
        await_listener(address)
        text = (
            RECIPES[ADDRESSES][1].replace("rtsp://10.0.0.7/live", device.url).replace("rtmp://host/live/key", address)
        )
        program = subprocess.Popen([sys.executable, str(ROOT / "main.py"), *shlex.split(text)[1:]], cwd=tmp_path)
        assert listener.stdout is not None
        received = [line for line in islice(listener.stdout, 40) if not line.startswith("#")]
        program.send_signal(signal.SIGINT)
        assert program.wait(PATIENCE) == 130
        received += [line for line in listener.stdout if not line.startswith("#")]
    assert len({line.split(",")[-1] for line in received}) > 20
    assert list(tmp_path.iterdir()) == []
