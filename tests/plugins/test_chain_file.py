from __future__ import annotations

import os
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.plugins import CODE, install

from framechain import Encoding, Engine, load_chain
from framechain.chain import Chain
from framechain.errors import ArgumentError, FramechainError, MissingInputError
from framechain.plugins.chain_file import ChainFile

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say whose a file is")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", list(sys.path))
    install(tmp_path / "site", monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str, path: str = "talk.toml") -> str:
    Path(path).write_text(text)
    Path(path).chmod(0o644)
    return path


def test_load_chain_makes_objects_and_options() -> None:
    path = write(
        'objects = ["darken:amount=0.25", { name = "glow", radius = 9, mode = "hard", tint = [1, 2, 3] }]\n'
        '[engine]\naudio = false\nstart = "0:01"\nflip_view = true\n'
        "[engine.encoding]\ncrf = 18\n[engine.camera]\nsize = [640, 480]\n"
    )
    chain = load_chain(Path(path))
    glow = chain.objects[1]
    assert (glow.radius, glow.mode, glow.tint_color) == (9, "hard", (1, 2, 3))  # type: ignore[attr-defined]
    camera = chain.options.pop("camera")
    assert camera.size == (640, 480)
    assert chain.options == {"audio": False, "start": "0:01", "flip_view": True, "encoding": Encoding(crf=18)}
    frame = np.full((2, 2, 3), 200, np.uint8)
    engine = Engine(custom_objects=chain.objects, **chain.options)
    assert engine.custom_processing(frame).max() == 159


def test_load_chain_components_and_paths_are_relative_to_the_file(place: Path) -> None:
    (place / "looks").mkdir()
    assert cv2.imwrite("looks/beach.png", np.full((4, 4, 3), (1, 2, 3), np.uint8))
    (place / "looks" / "own.py").write_text(CODE)
    (place / "looks" / "own.py").chmod(0o644)
    write(
        '[[objects]]\nname = "background-replacement"\nmatte = "own.py:half"\nbackground = "beach.png"\n'
        '[[objects]]\nname = "background-replacement"\nmatte = "own.py:half"\n'
        '[objects.background]\nname = "picture"\nimage = "beach.png"\nfit = "stretch"\n',
        "looks/talk.toml",
    )
    for thing in load_chain("looks/talk.toml").objects:
        assert thing(np.zeros((4, 4, 3), np.uint8))[0, 3].tolist() == [1, 2, 3]


def test_load_chain_sets_numbers() -> None:
    text = '[[objects]]\nname = "background-replacement"\nmatte = "half"\nbackground = "blur"\n[set]\nblur = 51\n'
    (thing,) = load_chain(write(text)).objects
    assert [tunable.get() for tunable in Chain([thing]).tunables if tunable.name == "blur"] == [51]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("objekts = []", "there is no 'objekts' in a chain file: did you mean objects?"),
        ("objects = []", "has no objects"),
        ("", "has no objects"),
        ("objects = 3", "objects must be a list, got 3"),
        ("chain = 3", "chain must be a text, got 3"),
        ("objects = [", "is no TOML: "),
        ("\x00", "is no TOML: "),
        ('objects = ["glov"]', "glov: there is no object 'glov': did you mean glow?"),
        ('objects = [{ name = "glow", radios = 3 }]', "glow: glow has no argument 'radios': did you mean radius?"),
        ('objects = [{ name = "glow", radius = "x" }]', "glow: radius must be a whole number, got 'x'"),
        ('objects = [{ name = "glow", radius = true }]', "glow: radius must be a whole number, got True"),
        ("objects = [{ radius = 3 }]", "a component is a text, or a table with a name"),
        ("objects = [3]", "a component is a text, or a table with a name"),
        ('objects = ["find-matte"]', "find-matte needs matte"),
        ('objects = ["darken"]\nset = { x = 1 }', "set: no object of the chain has a number 'x'"),
        ('objects = ["darken"]\nengine = { odio = true }', "engine has no option 'odio': did you mean audio?"),
        ('objects = ["darken"]\nengine = { audio = "loud" }', "engine: audio must be true or false, got 'loud'"),
        ('objects = ["darken"]\nengine.encoding.crg = 1', "engine.encoding has no option 'crg': did you mean crf?"),
        ('objects = ["darken"]\nengine.encoding.crf = 99', "engine: crf must be a number from 0"),
        ('objects = ["darken"]\nengine.live.stream_to = "udp://h:1"', "engine.live has no option 'stream_to'"),
        ('objects = ["darken"]\nengine.camera = 1', "engine has no option 'camera'"),
    ],
)
def test_load_chain_mistake_is_one_sentence(text: str, message: str) -> None:
    with pytest.raises(FramechainError) as caught:
        load_chain(write(text))
    assert message in str(caught.value)
    assert str(caught.value).startswith("talk.toml")
    assert "\n" not in str(caught.value)


def test_load_chain_takes_objects_of_python_first() -> None:
    Path("own.py").write_text(f"{CODE}\nobjects = [Glow(9)]\n")
    Path("own.py").chmod(0o644)
    found = load_chain(write('chain = "own.py"\nobjects = ["darken"]\n')).objects
    assert [getattr(thing, "radius", None) for thing in found] == [9, None]
    with pytest.raises(MissingInputError, match=r"chain of talk.toml: no.py.* there is no file no.py"):
        load_chain(write('chain = "no.py:make"'))


def test_load_chain_missing_is_an_error() -> None:
    with pytest.raises(MissingInputError, match=r"there is no chain file nowhere\.toml"):
        load_chain("nowhere.toml")
    with pytest.raises(MissingInputError, match="the chain file site cannot be read"):
        load_chain("site")


@posix
@pytest.mark.parametrize("which", ["talk.toml", "own.py"])
@pytest.mark.parametrize("doubt", ["group", "world", "owner"])
def test_load_chain_of_somebody_else_runs_no_code_unless_allowed(
    which: str, doubt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("own.py").write_text(f"open('was_run', 'w').close()\n{CODE}")
    Path("own.py").chmod(0o644)
    write('objects = ["own.py:Glow"]')
    assert load_chain("talk.toml").objects
    Path("was_run").unlink()
    Path("own.py").write_text(Path("own.py").read_text() + "\n")
    if doubt == "owner":
        if os.geteuid() != 0:
            pytest.skip("only root gives files away")
        os.chown(which, 12345, -1)
    else:
        Path(which).chmod(0o664 if doubt == "group" else 0o646)
    words = "belongs to another user" if doubt == "owner" else "may be written to by other users"
    with pytest.raises(ArgumentError, match=f"talk.toml asks to run the code own.py:Glow, and .*{which} {words}: look"):
        load_chain("talk.toml")
    assert not Path("was_run").exists()
    assert load_chain("talk.toml", allow_code=True).objects
    assert Path("was_run").exists()


@posix
def test_load_chain_of_somebody_else_has_entry_points_but_no_modules() -> None:
    write('objects = ["glow"]')
    Path("talk.toml").chmod(0o666)
    assert load_chain("talk.toml").objects
    write('objects = [{ name = "background-replacement", matte = "glow_effects:half", background = "blur" }]')
    Path("talk.toml").chmod(0o666)
    with pytest.raises(ArgumentError, match="asks to run the code glow_effects:half"):
        load_chain("talk.toml")


def test_chain_file_options_have_the_names_of_the_command_line() -> None:
    write('objects = ["glow"]\n[engine]\nend = 2.5\n[engine.camera]\nfps = 30\n[engine.live]\ntitle = "me"')
    assert ChainFile("talk.toml").list_options() == {"end": 2.5, "camera_fps": 30.0, "title": "me"}
