"""Nothing private comes into a diagnosis."""

from __future__ import annotations

import dataclasses
import socket
from pathlib import Path

import pytest

from framechain.doctor.privacy import HIDDEN, Privacy, find_names


@pytest.fixture
def privacy(monkeypatch: pytest.MonkeyPatch) -> Privacy:
    """As on the machine `atelier-7` of Jane Doe."""
    monkeypatch.setenv("HOME", "/home/Jane Doe")
    monkeypatch.setenv("USER", "jdoe")
    monkeypatch.setattr(socket, "gethostname", lambda: "atelier-7.example.org")
    return Privacy()


@dataclasses.dataclass(frozen=True)
class Inner:
    text: str
    number: int = 7


@dataclasses.dataclass(frozen=True)
class Outer:
    inner: tuple[Inner, ...]
    names: dict[str, str]
    size: tuple[int, int] = (3, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cannot import x (/home/Jane Doe/venv/lib/cv2/__init__.py)", "cannot import x (.../__init__.py)"),
        ("no such file: '/home/Jane Doe/secret client/a.onnx'", "no such file: '.../a.onnx'"),
        ("/opt/jdoe-tools/lib/libx.so.1: missing", ".../libx.so.1: missing"),
        ("the folder /home/Jane Doe is full", "the folder .../ is full"),
        ("~/projects/secret/a.py", ".../a.py"),
        (r"C:\Users\jdoe\AppData\x.dll is missing", ".../x.dll is missing"),
        ("Jane Doe's camera", f"{HIDDEN}'s camera"),
        ("the screen Atelier-7:10 refuses JDOE", f"the screen {HIDDEN}:10 refuses {HIDDEN}"),
        ("HD Webcam SN 8842A1B7C1 0123456789", f"HD Webcam SN {HIDDEN} {HIDDEN}"),
    ],
)
def test_text_loses_names_folders_and_serial_numbers(text: str, expected: str, privacy: Privacy) -> None:
    assert privacy.hide_private(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "libGL.so.1: cannot open shared object file: No such file or directory",
        "opencv-python 5.0.0.93 and av 18.1.0",
        "/dev/video0 HD Pro Webcam C920: MJPG 1920x1080 at 30/s",
        "Debian GNU/Linux 12 (bookworm), Linux 6.18.44-fc-v595",
        "CPUExecutionProvider, TensorrtExecutionProvider",
    ],
)
def test_text_that_tells_nothing_stays(text: str, privacy: Privacy) -> None:
    assert privacy.hide_private(text) == text


def test_facts_are_searched_to_the_bottom(privacy: Privacy) -> None:
    facts = Outer((Inner("of jdoe"), Inner("b")), {"path": "/srv/films/jdoe.mp4"})
    hidden = privacy.hide_private(facts)
    assert hidden == Outer((Inner(f"of {HIDDEN}"), Inner("b")), {"path": f".../{HIDDEN}.mp4"})


def test_names_of_everybody_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "root")
    assert "root" not in find_names()


def test_names_include_that_of_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "annalena"))
    assert "annalena" in find_names()
