"""--chain and --set: objects of the user's on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from framechain.cli.chains import load_chain
from framechain.cli.program import main
from framechain.errors import ArgumentError, FramechainError, MissingInputError, ObjectError

BLUE = (200, 30, 10)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a picture a.png."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert cv2.imwrite("a.png", np.full((20, 30, 3), BLUE, np.uint8))
    return tmp_path


def fails(*words: str, code: int = 1, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([*words]) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err


def test_chain_option_runs_the_objects_of_a_file(place: Path) -> None:
    Path("helper.py").write_text("def negate(frame):\n    return 255 - frame\n")
    Path("mychain.py").write_text("from helper import negate\nother = [negate]\n")
    assert main(["a.png", "--chain", "mychain.py:other", "--quiet"]) == 0
    assert cv2.imread("a_out.png")[3, 3].tolist() == [255 - value for value in BLUE]


def test_chain_option_with_background_and_fps(place: Path) -> None:
    Path("mychain.py").write_text(
        "import numpy as np\nfrom framechain import BackgroundReplacement\nfrom framechain.backgrounds import Blur\n"
        "objects = [BackgroundReplacement(lambda frame: np.zeros(frame.shape[:2], np.uint8), Blur())]\n"
    )
    assert main(["a.png", "--chain", "mychain.py", "--background", "#00ff00", "--fps", "--quiet"]) == 0
    assert cv2.imread("a_out.png")[3, 3].tolist() == [0, 255, 0]
    assert main(["a.png", "--chain", "mychain.py", "--background", "blur", "--quiet"]) == 0
    assert cv2.imread("a_out.png")[3, 3].tolist() == list(BLUE)


def test_chain_is_run_anew_and_gives_new_objects(place: Path) -> None:
    Path("mychain.py").write_text(
        "class Own:\n    def __call__(self, frame):\n        return frame\nobjects = [Own()]\n"
    )
    first, second = load_chain("mychain.py"), load_chain("mychain.py:objects")
    assert first[0] is not second[0]
    Path("mychain.py").write_text("objects = [lambda frame: frame, lambda frame: frame]\n")
    assert len(load_chain("mychain.py")) == 2
    assert not Path("__pycache__").exists()


def test_chain_of_a_function_is_called_each_time(place: Path) -> None:
    Path("mychain.py").write_text("def make(count=2):\n    return (lambda frame: frame for _ in range(count))\n")
    assert len(load_chain("mychain.py:make")) == 2


def test_chain_with_the_name_of_another_module_leaves_that_alone(place: Path) -> None:
    Path("json.py").write_text("from dataclasses import dataclass\n@dataclass\nclass Own:\n    size: int = 1\n"
                               "    def __call__(self, frame):\n        return frame\nobjects = [Own()]\n")  # fmt: skip
    assert len(load_chain("json.py")) == 1
    assert json.loads("[1]") == [1]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("objects = [\n", "mychain.py, line 1: '[' was never closed"),
        ("\nimport nothing_of_that_name\n", "mychain.py, line 2: ModuleNotFoundError: No module named"),
        (
            "def fail():\n    return 1 / 0\n\nobjects = [fail()]\n",
            "mychain.py, line 2: ZeroDivisionError: division by zero",
        ),
        ("import sys\nsys.exit('enough')\n", "mychain.py, line 2: SystemExit: enough"),
        ("def objects():\n    raise ValueError('no\\nlight')\n", "mychain.py, line 2: ValueError: no light"),
        (
            "from framechain.backgrounds import Color\n\nobjects = [Color((0, 0, 256))]\n",
            "mychain.py, line 3: bg_color must be (blue, green, red) with numbers from 0 to 255, got (0, 0, 256)",
        ),
        ("x = '\\0'\nobjects = \0\n", "mychain.py"),
        ("objects = 'abc\n", "mychain.py, line 1: unterminated string literal"),
    ],
)
def test_chain_that_fails_names_the_file_and_the_line(
    place: Path, source: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mychain.py").write_text(source)
    assert sentence in fails("a.png", "--chain", "mychain.py", capsys=capsys)


@pytest.mark.parametrize(
    ("source", "text", "kind", "sentence"),
    [
        ("x = 1", "mychain.py", ArgumentError, "mychain.py has no 'objects'"),
        ("x = 1", "mychain.py:x", ArgumentError, "x of mychain.py must be a list of objects, or a function"),
        (
            "x = 'ab'",
            "mychain.py:x",
            ArgumentError,
            "a function that returns one, got str",
        ),
        ("x = [1]", "mychain.py:x", FramechainError, "x of mychain.py[0] is not callable"),
        ("def x(): return None", "mychain.py:x", ArgumentError, "got NoneType"),
        ("def x(frame): return frame", "mychain.py:x", ArgumentError, "x of mychain.py needs frame"),
        ("x = 1", "other.py", MissingInputError, "there is no file other.py"),
        ("x = 1", "mychain.py:no-name", MissingInputError, "there is no file mychain.py:no-name"),
    ],
)
def test_chain_that_is_no_list_is_an_error(
    place: Path, source: str, text: str, kind: type[FramechainError], sentence: str
) -> None:
    Path("mychain.py").write_text(source)
    with pytest.raises(kind) as caught:
        load_chain(text)
    assert sentence in str(caught.value)


def test_chain_that_is_interrupted_is_not_blamed(place: Path) -> None:
    Path("mychain.py").write_text("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_chain("mychain.py")


def test_chain_error_keeps_its_cause(place: Path) -> None:
    Path("mychain.py").write_text("1 / 0")
    with pytest.raises(ObjectError) as caught:
        load_chain("mychain.py")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("words", [["--matte", "mog2"], ["--threshold", "0.5"], ["--strict"], ["--light-wrap", "1"]])
def test_chain_option_beside_one_of_another_chain_is_an_error(
    place: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mychain.py").write_text("objects = []")
    err = fails("a.png", "--chain", "mychain.py", *words, code=2, capsys=capsys)
    assert f"{words[0]} is for the chain of the command line" in err


def test_chain_option_with_a_background_for_none_is_an_error(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mychain.py").write_text("objects = []")
    err = fails("a.png", "--chain", "mychain.py", "--background", "blur", code=2, capsys=capsys)
    assert "mychain.py has no BackgroundReplacement" in err


def test_set_option_sets_numbers(place: Path) -> None:
    Path("mychain.py").write_text(
        "from framechain import Tunable\n"
        "class Grey:\n"
        "    level = 3\n"
        "    @property\n"
        "    def tunables(self):\n"
        "        return [Tunable('level', lambda: self.level, lambda v: setattr(self, 'level', v), 0, 255, 1)]\n"
        "    def __call__(self, frame):\n"
        "        frame[:] = self.level\n"
        "        return frame\n"
        "objects = [Grey(), Grey()][:1]\n"
    )
    assert main(["a.png", "--chain", "mychain.py", "--set", "level=7", "--set", "level=99", "--quiet"]) == 0
    assert cv2.imread("a_out.png")[3, 3].tolist() == [99, 99, 99]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("light=1", "no object of the chain has a number 'light': there is threshold, softness, blur"),
        ("threshold=1.5", "threshold must be a number from 0 to 1, got 1.5"),
        ("threshold=nan", "threshold must be a number from 0 to 1, got nan"),
    ],
)
def test_set_option_that_cannot_be_used_is_an_error(
    place: Path, word: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in fails("a.png", "--set", word, code=2, capsys=capsys)


def test_set_option_that_is_no_number_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--set", "threshold"])
    assert "'threshold' is not NAME=VALUE, such as threshold=0.4" in capsys.readouterr().err
