"""--chain FILE.toml and --save-chain."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.plugins import CODE, install

from framechain import read
from framechain.cli.builders import make_frame_rate, make_replacement
from framechain.cli.page.look_maker import LookMaker
from framechain.cli.page.serving import build_serve_parser
from framechain.cli.program import main
from framechain.web.look import Look

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a.png and clip.mp4; a package with plug-ins is installed."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    install(tmp_path / "site", monkeypatch)
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "samples" / "clip.mp4", "clip.mp4")
    shutil.copy(ROOT / "samples" / "portrait.jpg", "beach.jpg")
    Path("my_effect.py").write_text(CODE)
    Path("my_effect.py").chmod(0o644)
    return tmp_path


def make_frames(*words: str) -> list[Any]:
    assert main(["clip.mp4", "--output", "made.mp4", "--quiet", *words]) == 0
    with read("made.mp4") as frames:
        return [frame.bgr.copy() for frame in frames]


@pytest.mark.parametrize(
    "words",
    [
        ["--background", "#00ff00", "--matte", "mog2", "--light-wrap", "0.2", "--threshold", "0.4"],
        ["--background", "beach.jpg", "--fit", "contain", "--matte", "running-average", "--roi", "0,0,9,9", "--strict"],
        ["--matte", "chroma", "--key-color", "#3060a0", "--blur", "25", "--set", "blur=51", "--crf", "30"],
        [
            *("--object", "./my_effect.py:Glow:radius=9", "--object", "darken:amount=0.2", "--object", "segmentation"),
            *("--object", "glow_effects:Glow:mode=hard", "--matte", "knn", "--background", "#123"),
        ],
    ],
)
def test_save_chain_read_again_gives_the_same_frames(words: list[str], place: Path) -> None:
    (place / "looks").mkdir()
    part = ["--end", "12", "--cut"]
    first = make_frames(*words, *part, "--save-chain", "looks/talk.toml")
    Path("looks/talk.toml").chmod(0o644)
    second = make_frames("--chain", "looks/talk.toml")
    assert len(first) == len(second) == 13
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert not all(np.array_equal(one, other) for one, other in zip(first, make_frames(*part), strict=True))


def test_save_chain_without_input_writes_only_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--object", "glow:radius=9", "--object", "fps:color=#ff0000", "--save-chain", "talk.toml"]) == 0
    assert capsys.readouterr() == ("", "")
    content = tomllib.loads(Path("talk.toml").read_text())
    assert content == {"objects": [{"name": "glow", "radius": 9}, {"name": "fps", "color": "#ff0000"}]}


def test_save_chain_of_a_chain_file_adds_what_the_command_line_says() -> None:
    Path("a.toml").write_text('objects = ["glow:radius=9"]\n[engine]\naudio = false\n[engine.encoding]\ncrf = 30.0\n')
    assert main(["--chain", "a.toml", "--crf", "12", "--fps", "--title", 'a "b"', "--save-chain", "b.toml"]) == 0
    content = tomllib.loads(Path("b.toml").read_text())
    assert content["objects"] == [{"name": "glow", "radius": 9}, {"name": "fps"}]
    assert content["engine"] == {"audio": False, "encoding": {"crf": 12.0}, "live": {"title": 'a "b"'}}


def test_save_chain_of_a_chain_in_python_names_it(place: Path) -> None:
    (place / "looks").mkdir()
    Path("looks/own.py").write_text(f"{CODE}\ndef make():\n    return [Glow(9), darken]\n")
    Path("looks/own.py").chmod(0o644)
    words = ["--chain", "looks/own.py:make", "--object-timeout", "60"]
    part = ["--end", "4", "--cut"]
    first = make_frames(*words, *part, "--save-chain", "talk.toml")
    content = tomllib.loads(Path("talk.toml").read_text())
    assert content["chain"] == "looks/own.py:make"
    assert content["engine"] == {"object_timeout": 60.0, "end_video_frame": 4, "cut": True}
    Path("talk.toml").chmod(0o644)
    assert main(["--chain", "talk.toml", "--fps", "--save-chain", "looks/again.toml"]) == 0
    content = tomllib.loads(Path("looks/again.toml").read_text())
    assert (content["chain"], content["objects"]) == ("own.py:make", [{"name": "fps"}])
    second = make_frames("--chain", "talk.toml")
    assert len(first) == len(second) == 5
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    Path("looks/own.py").chmod(0o666)
    assert main(["clip.mp4", "--chain", "talk.toml"]) == 2


def test_chain_file_options_give_way_to_those_of_the_command_line() -> None:
    Path("a.toml").write_text('objects = ["darken"]\n[engine]\nend_video_frame = 20\ncut = true\n')
    assert len(make_frames("--chain", "a.toml")) == 21
    assert len(make_frames("--chain", "a.toml", "--end", "4")) == 5
    assert len(make_frames("--chain", "a.toml", "--end", "0.2s")) in (5, 6)


def test_chain_file_shows_on_the_page() -> None:
    Path("a.toml").write_text('objects = ["glow:radius=9"]\n')
    options = build_serve_parser().parse_args(["--chain", "a.toml"])
    maker = LookMaker(options, [make_replacement, make_frame_rate], "framechain")
    assert maker.make_command(Look(), "clip.mp4") == "framechain clip.mp4 --chain a.toml"
    assert [type(thing).__name__ for thing in maker.make_objects(Look())] == ["Glow"]
    program = maker.make_program(Look(), "clip.mp4")
    assert 'objects = load_chain("a.toml").objects\n' in program
    exec(compile(program.rsplit("\n", 2)[0], "program", "exec"), {})


def test_chain_file_processes_a_folder(place: Path) -> None:
    Path("a.toml").write_text('objects = ["darken"]\n')
    (place / "in").mkdir()
    shutil.copy("beach.jpg", "in/one.jpg")
    shutil.copy("beach.jpg", "in/two.jpg")
    assert main(["in", "--chain", "a.toml", "--output", "out", "--quiet"]) == 0
    assert {path.name for path in (place / "out").iterdir() if path.is_file()} == {"one.jpg", "two.jpg"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["clip.mp4", "--chain", "nowhere.toml"], "there is no chain file nowhere.toml"),
        (["clip.mp4", "--chain", "a.toml", "--threshold", "0.4"], "--threshold is for the chain of the command line"),
        (["clip.mp4", "--chain", "a.toml", "--background", "blur"], "a.toml has no BackgroundReplacement"),
        (["--chain", "a.toml", "--background", "blur", "--save-chain", "b.toml"], "does not take --background into a"),
        (["--chain", "my_effect.py:x", "--save-chain", "b.toml"], "my_effect.py has no 'x'"),
        (["--chain", "no.py", "--save-chain", "b.toml"], "--chain no.py: there is no file no.py"),
        (["--save-chain", "nowhere/b.toml"], "nowhere"),
        (["--object", "glow", "--save-chain", "b"], "--save-chain b: the name of the file must end with .toml"),
        (["clip.mp4", "--object", "glov", "--save-chain", "b.toml"], "did you mean glow?"),
    ],
)
def test_chain_file_mistake_is_one_line(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.toml").write_text('objects = ["darken"]\n')
    assert main(words) in (1, 2)
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_save_chain_of_parts_that_have_no_names_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--save-chain", "b.toml"], parts=[lambda options: lambda frame: frame]) == 2
    assert "--save-chain knows no names for the parts of this program" in capsys.readouterr().err


def test_allow_code_is_what_the_error_asks_for(capsys: pytest.CaptureFixture[str]) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows does not say whose a file is")
    Path("a.toml").write_text('objects = ["my_effect.py:darken"]\n[engine]\nend_video_frame = 2\ncut = true\n')
    Path("a.toml").chmod(0o666)
    assert main(["clip.mp4", "--chain", "a.toml"]) == 2
    assert "add --allow-code" in capsys.readouterr().err
    assert len(make_frames("--chain", "a.toml", "--allow-code")) == 3
