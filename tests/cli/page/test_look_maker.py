"""What the page shows as the command and as Python makes what the page makes."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.page_client import make_maker

from framechain import NO_OUTPUT, BackgroundReplacement, Engine
from framechain.backgrounds import Blur, Color, Picture
from framechain.cli.builders import Part, make_frame_rate, make_replacement
from framechain.cli.page.look_maker import LookMaker
from framechain.cli.page.serving import build_serve_parser
from framechain.cli.program import main
from framechain.frame import make_image_info
from framechain.mattes import MediaPipeMatte
from framechain.web.look import Look

CHAIN = """
import numpy as np
from framechain import BackgroundReplacement, Tunable
from framechain.backgrounds import Color

def left_half(frame):
    alpha = np.zeros(frame.shape[:2], np.uint8)
    alpha[:, : frame.shape[1] // 2] = 255
    return alpha

class Lighter:
    amount = 20

    @property
    def tunables(self):
        return [Tunable("amount", lambda: self.amount, lambda value: setattr(self, "amount", value), 0, 100, 1)]

    def __call__(self, frame):
        return cv2.add(frame, np.full_like(frame, self.amount))

import cv2

def make():
    return [BackgroundReplacement(left_half, Color((9, 9, 9))), Lighter()]
"""

LOOKS = {
    "as it begins": ("--quality fast", Look()),
    "colour": ("--quality fast", Look("#12ab9f")),
    "blur": ("--quality fast --blur 0.05", Look("blur", {"blur": 0.1, "threshold": 0.3, "softness": 0.05})),
    "values of another background": ("--quality fast", Look("#ffffff", {"blur": 99})),
    "picture": ("--quality fast --fit stretch --light-wrap 0.5", Look("wall.jpg", {"threshold": 0.6})),
    "transparent": ("--quality fast --choke -2 --feather 3", Look("transparent")),
    "matte": ("--matte chroma --key-color #a64 --matte-only --strict", Look("", {"threshold": 0.2})),
    "otsu": ("--matte otsu --background rooms", Look("rooms/2.png")),
    "contour": ("--matte contour --background #00f", Look("", {})),
    "objects": (
        "--matte otsu --fps",
        Look("#fff", {"gamma": 0.5}, objects=("segmentation", "gamma:gamma=2", "mask:effect=sharpen:effect.amount=2")),
    ),
    "objects without segmentation": (
        "--background #00f --strict",
        Look("blur", {"threshold": 0.2, "vignette": 0.75}, objects=("find-matte:matte=otsu", "vignette")),
    ),
    "another matte": ("--choke -1", Look("#fff", matte="otsu:foreground=dark:median=3")),
    "own": ("--chain my-chain.py:make", Look("", {"amount": 55})),
    "own with a background": ("--chain my-chain.py:make --set amount=7", Look("#ff0000")),
    "own with its background": ("--chain my-chain.py:make", Look("blur", {"blur": 11, "amount": 20})),
}


@pytest.fixture
def place(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with -me 1.png, wall.jpg, rooms/ and my-chain.py."""
    monkeypatch.chdir(tmp_path)
    portrait = cv2.imread(str(samples / "portrait.jpg"))
    assert cv2.imwrite("-me 1.png", cv2.resize(portrait, (192, 192), interpolation=cv2.INTER_AREA))
    shutil.copy(samples / "background.jpg", "wall.jpg")
    Path("rooms").mkdir()
    for number in (1, 2):
        assert cv2.imwrite(f"rooms/{number}.png", np.full((36, 64, 3), 60 * number, np.uint8))
    Path("my-chain.py").write_text(CHAIN)
    return tmp_path


@pytest.mark.parametrize("kind", LOOKS)
def test_look_command_and_python_make_the_same_image(place: Path, kind: str) -> None:
    words, look = LOOKS[kind]
    maker = make_maker(*words.split())
    output = place / "-me 1_out.png"
    Engine(image_path="./-me 1.png", custom_objects=maker.make_objects(look)).run()
    expected = output.read_bytes()
    output.unlink()
    command = shlex.split(maker.make_command(look, "-me 1.png"))
    assert command[0] == "framechain"
    assert main([*command[1:], "--quiet"]) == 0
    assert output.read_bytes() == expected
    output.unlink()
    exec(maker.make_program(look, "-me 1.png"), {})
    assert output.read_bytes() == expected


def test_look_reaches_the_image(place: Path) -> None:
    """It is what objects make that are set by hand."""
    look = Look("#12ab9f", {"threshold": 0.3, "softness": 0.4})
    by_hand = BackgroundReplacement(
        MediaPipeMatte(quality="fast"), Color((0x9F, 0xAB, 0x12)), threshold=0.3, softness=0.4
    )
    made = [
        Engine(image_path="./-me 1.png", custom_objects=objects).process_image(output_path=NO_OUTPUT)
        for objects in ([by_hand], make_maker("--quality", "fast").make_objects(look))
    ]
    np.testing.assert_array_equal(*made)


@pytest.mark.parametrize(
    ("words", "look", "command"),
    [
        ("", Look(), "framechain clip.mp4"),
        ("", Look("blur", {"blur": 35, "threshold": 0.5}), "framechain clip.mp4"),
        ("", Look("#00ff00", {"blur": 51}), "framechain clip.mp4 --background '#00ff00'"),
        ("--blur 51", Look("", {"softness": 0.25}), "framechain clip.mp4 --blur 51 --softness 0.25"),
        ("--blur 51", Look("", {"blur": 35}), "framechain clip.mp4"),
        ("--background=-x.jpg --fps", Look("blur"), "framechain clip.mp4 --fps"),
        ("--matte mog2 --choke -1.5", Look(), "framechain clip.mp4 --matte mog2 --choke=-1.5"),
    ],
)
def test_command_is_the_shortest(words: str, look: Look, command: str, place: Path) -> None:
    shutil.copy("wall.jpg", "-x.jpg")
    assert make_maker(*words.split()).make_command(look, "clip.mp4") == command


def test_command_of_main_py_names_python() -> None:
    options = build_serve_parser().parse_args([])
    maker = LookMaker(options, [make_replacement, make_frame_rate], "main.py")
    assert maker.make_command(Look(), "0") == "python main.py 0"


def test_program_is_short_and_needs_no_command_line() -> None:
    program = make_maker().make_program(Look("#00ff00", {"threshold": 0.4}), "clip.mp4")
    assert program == (
        "from framechain import BackgroundReplacement, Engine\n"
        "from framechain.backgrounds import Color\n"
        "from framechain.mattes import MediaPipeMatte\n\n"
        "objects = [BackgroundReplacement(MediaPipeMatte(), Color((0, 255, 0)), threshold=0.4)]\n"
        'Engine(video_path="clip.mp4", custom_objects=objects).run()\n'
    )


def test_program_of_other_parts_calls_them(place: Path) -> None:
    parts: list[Part] = [make_grey]
    maker = LookMaker(build_serve_parser().parse_args([]), parts, "main.py")
    program = maker.make_program(Look(), "a.png")
    assert f"from {__name__} import make_grey" in program
    assert 'main(["a.png"], parts=[make_grey])' in program
    assert not maker.has_background


def make_grey(options: object) -> object:
    return lambda frame: frame // 2


def test_background_changes_of_running_objects_and_returns(place: Path) -> None:
    frame = np.full((36, 64, 3), 100, np.uint8)

    def look_right(objects: list[object]) -> list[int]:
        replacement = objects[0]
        assert isinstance(replacement, BackgroundReplacement)
        return [int(value) for value in replacement(frame, make_image_info("frame", frame))[18, 60]]

    maker = make_maker("--chain", "my-chain.py:make")
    objects = maker.make_objects(Look())
    assert look_right(objects) == [9, 9, 9]
    for look, seen in (("#ff0000", [0, 0, 255]), ("rooms/2.png", [120] * 3), ("blur", [100] * 3), ("", [9, 9, 9])):
        maker.change_background(objects, Look(look))
        assert look_right(objects) == seen
    objects = maker.make_objects(Look("#ff0000"))
    maker.change_background(objects, Look(""))
    assert look_right(objects) == [9, 9, 9]


def test_background_changes_of_the_command_line_s_chain(place: Path) -> None:
    maker = make_maker("--background", "#00ff00", "--quality", "fast")
    (thing,) = maker.make_objects(Look())
    assert isinstance(thing, BackgroundReplacement)
    for look, kind in ((Look("blur", {"blur": 11}), Blur), (Look("wall.jpg"), Picture), (Look(), Color)):
        maker.change_background([thing], look)
        assert isinstance(thing.background, kind)
        if isinstance(thing.background, Blur):
            assert thing.background.kernel == (11, 11)
