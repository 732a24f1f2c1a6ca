"""`framechain objects` and --object."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.plugins import CODE, install

from framechain import read
from framechain.cli.arguments import build_parser
from framechain.cli.builders import make_frame_rate, make_replacement
from framechain.cli.page.look_maker import LookMaker
from framechain.cli.page.serving import build_serve_parser
from framechain.cli.program import main
from framechain.plugins.describe import describe
from framechain.plugins.registry import list_entries
from framechain.web.look import Look

GREY = (90, 90, 90)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The module of a package with the sink "levels"."""
    return install(tmp_path / "more", monkeypatch, "meter", "[framechain.sinks]\nlevels = {module}:Levels\n")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a picture a.png; a package with plug-ins is installed."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    install(tmp_path / "site", monkeypatch)
    monkeypatch.chdir(tmp_path)
    assert cv2.imwrite("a.png", np.full((20, 30, 3), GREY, np.uint8))
    return tmp_path


def run(*words: str) -> list[int]:
    assert main(["a.png", "--quiet", *words]) == 0
    pixel: list[int] = cv2.imread("a_out.png")[3, 25].tolist()
    return pixel


def test_objects_command_lists_ours_and_those_of_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["objects"]) == 0
    out, err = capsys.readouterr()
    for text in ("\n  glow (framechain-glow): Makes a frame brighter.\n", "      radius: int = 3; How far.\n"):
        assert text in out
    for entry in list_entries("mattes"):
        assert f"\n  {entry.name}" in out
    assert "broken" not in out
    assert err.count("\n") == 1
    assert "broken of the package framechain-glow cannot be loaded from glow_effects_missing:Glow: ModuleNotF" in err


def test_objects_command_with_names_lists_these(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["objects", "fps", "sinks"]) == 0
    out, err = capsys.readouterr()
    assert "  fps: " in out
    assert "\nsinks:\n" in out
    assert "glow" not in out
    assert err == ""
    assert main(["objects", "fpss"]) == 2
    assert "there is no 'fpss': did you mean fps?" in capsys.readouterr().err


def test_every_component_of_ours_has_a_line_and_says_what_it_takes() -> None:
    for entry in list_entries("objects"):
        if entry.package == "framechain":
            found = describe(entry.load())
            assert found.line.endswith("."), entry
            assert all(one.text for one in found.parameters), (entry, found)


def test_object_option_applies_objects_in_order() -> None:
    Path("my_effect.py").write_text(CODE)
    assert run("--object", "glow:radius=10", "--object", "darken") == [50] * 3
    assert run("--object", "darken", "--object", "glow:radius=10") == [55] * 3
    assert run("--object", "./my_effect.py:Glow:radius=9", "--object", "glow_effects:darken:amount=0") == [99] * 3


@pytest.mark.slow
def test_object_option_segmentation_takes_the_options() -> None:
    default = run("--background", "#00ff00")
    assert run("--background", "#00ff00", "--object", "segmentation") == default == [0, 255, 0]
    assert run("--background", "#00ff00", "--object", "segmentation", "--object", "darken") == [0, 127, 0]
    assert run("--object", "segmentation:bg_color=#0000ff") == [255, 0, 0]


def test_matte_and_background_options_take_names_of_packages() -> None:
    assert run("--matte", "half", "--background", "stripes:level=7") == [7] * 3
    assert run("--matte", "glow_effects:half", "--background", "color:bgr=#ff0000") == [0, 0, 255]
    assert run("--object", "background-replacement:matte=half:background=stripes") == [100] * 3
    Path("stripes").mkdir()  # What is there by that name is preferred.
    assert cv2.imwrite("stripes/b.png", np.full((20, 30, 3), 5, np.uint8))
    assert run("--matte", "half", "--background", "stripes") == [5] * 3


def test_input_may_be_the_name_of_a_source() -> None:
    assert main(["grey-frames:count=5:level=90", "--object", "darken", "--output", "out.mp4", "--quiet"]) == 0
    with read("out.mp4") as frames:
        levels = [round(float(frame.bgr.mean())) for frame in frames]
    assert len(levels) == 5
    assert all(abs(level - 45) <= 1 for level in levels)


def test_sinks_take_the_frames_instead_of_a_file(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["grey-frames:count=3:level=90", "--object", "darken"]
    assert main([*words, "--sink", "levels:file=a.txt", "--sink", f"{module}:Levels:file=b.txt:digits=1"]) == 0
    assert (Path("a.txt").read_text(), Path("b.txt").read_text()) == ("45 45 45", "45.0 45.0 45.0")
    assert capsys.readouterr().out.startswith(f"given to levels and {module}:Levels: 3 frames")
    before = {*Path().iterdir()}
    assert main(["a.png", "--object", "darken", "--sink", "levels:file=c.txt", "--quiet"]) == 0
    assert {*Path().iterdir()} - before == {Path("c.txt")}
    assert main(["a.png", "--object", "darken", "--sink", "image:path=d.png", "--output", "e.png", "--quiet"]) == 0
    assert Path("d.png").read_bytes() == Path("e.png").read_bytes()


def test_input_may_be_code(module: str) -> None:
    Path("own.py").write_text(CODE)
    for text in (f"{module}:GreySource:count=2:level=90", "./own.py:GreySource:count=2:level=90"):
        assert main([text, "--object", "darken", "--sink", "levels:file=a.txt", "--quiet"]) == 0
        assert Path("a.txt").read_text() == "45 45"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.png", "--sink", "levels"], "--sink levels: levels needs file: add file=VALUE"),
        (["a.png", "--sink", "levvels:file=x"], "there is no sink 'levvels': did you mean levels?"),
        (["a.png", "--sink", "own.py:Glow"], "--sink own.py:Glow: there is no file own.py"),
        (["a.png", "a.png", "--sink", "levels:file=x"], "--sink is for one input, and this is a batch of files"),
        (["a.png", "grey-frames"], "grey-frames is a source, and this is a batch of files: give it alone"),
        (["subprocess:Popen"], "INPUT subprocess:Popen: subprocess:Popen must be a class that inherits"),
        (["own.py:Glow"], "own.py:Glow"),
        (["concat:a"], "video not found: concat:a"),
    ],
)
@pytest.mark.usefixtures("module")
def test_sink_and_source_mistake_is_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--object", "darken"]) in (1, 2)
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_input_source_with_a_wrong_argument_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grey-frames:cont=5", "--output", "out.mp4"]) == 2
    err = capsys.readouterr().err
    assert "INPUT grey-frames:cont=5: grey-frames has no argument 'cont': did you mean count?" in err
    assert main(["video"]) == 1
    assert "video not found: video" in capsys.readouterr().err


def test_background_option_runs_no_code_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    Path("own.py").write_text("open('was_run', 'w')\ndef stripes(frame):\n    return frame\n")
    assert main(["a.png", "--matte", "half", "--background", "own.py:stripes"]) == 1
    assert "own.py:stripes" in capsys.readouterr().err
    assert not Path("was_run").exists()


@pytest.mark.slow
def test_object_option_with_fps_and_set() -> None:
    assert run("--object", "darken", "--fps") == [45] * 3
    assert run("--object", "segmentation", "--background", "#00ff00", "--set", "threshold=0.3") == [0, 255, 0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--object", "darken", "--threshold", "0.3"], "--threshold is for the object segmentation"),
        (["--object", "darken", "--background", "#00ff00"], "--background is for the object segmentation"),
        (["--object", "darken", "--chain", "x.py"], "--object is for the chain of the command line"),
        (["--object", "glow:radius=x"], "radius must be a whole number, got 'x'"),
        (["--matte", "halv"], "--matte halv: there is no matte 'halv': did you mean half?"),
        (["--matte", "half", "--background", "stripes:levl=1"], "stripes has no argument 'levl': did you mean level?"),
        (["--object", ""], "there is no object ''"),
    ],
)
def test_object_option_mistake_is_one_line(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["a.png", *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_look_of_named_objects_is_kept_by_its_command_and_program() -> None:
    words = ["--object", "glow:radius=9", "--object", "segmentation", "--background", "#00ff00", "--matte", "mog2"]
    options = build_serve_parser().parse_args(words)
    maker = LookMaker(options, [make_replacement, make_frame_rate], "framechain")
    command = maker.make_command(Look(), "a.png")
    assert command.split(" --object ", 1) == [
        "framechain a.png --background '#00ff00'",
        "glow:radius=9 --object segmentation --matte mog2",
    ]
    assert [type(thing).__name__ for thing in maker.make_objects(Look())] == ["Glow", "BackgroundReplacement"]
    program = maker.make_program(Look(), "a.png")
    assert "from glow_effects import Glow\n" in program
    exec(compile(program, "program", "exec"), {})
    assert cv2.imread("a_out.png")[3, 25].tolist() == [0, 255, 0]


def test_help_names_the_option() -> None:
    assert "--object NAME[:ARG=VALUE...]" in build_parser().format_help()
