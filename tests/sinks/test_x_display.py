"""Whether a window can be shown: X servers that are missing, silent, or refuse the program."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from support.media import photo
from support.screens import Program, missing, screen

from framechain import Engine
from framechain.errors import DisplayError

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux and FreeBSD need an X server")


@pytest.mark.slow
@pytest.mark.display
def test_check_display_server_refuses_is_an_error_and_no_abort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := missing():
        pytest.skip(reason)
    # One entry, in the format of libXau, of the family that matches every host and display.
    words = [b"", b"", b"MIT-MAGIC-COOKIE-1", bytes(range(16))]
    entry = b"\xff\xff" + b"".join(len(word).to_bytes(2, "big") + word for word in words)
    (tmp_path / "cookie").write_bytes(entry)
    program = """
import numpy as np
from framechain.errors import DisplayError
from framechain.sinks.window import Window
for turn in range(3):
    try:
        with Window() as window:
            window.show(np.zeros((90, 160, 3), np.uint8))
        print("shown")
    except DisplayError as error:
        print(error)
"""
    with screen(tmp_path, "-auth", str(tmp_path / "cookie")) as locked:
        monkeypatch.setenv("XAUTHORITY", str(tmp_path / "none"))
        with Program(locked, program) as outside:
            code, lines, err = outside.end()
        assert (code, err, len(lines)) == (0, "", 3)
        assert re.match(rf"the screen {locked.display} refuses this program \(.+; XAUTHORITY\): leave show=F", lines[0])
        monkeypatch.setenv("XAUTHORITY", str(tmp_path / "cookie"))
        with Program(locked, program) as inside:
            assert inside.end() == (0, ["shown"] * 3, "")


@linux
@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, r"no screen to show a window on \(DISPLAY is not set\)"),
        (":987", r"the screen :987 does not answer"),
        ("nonsense", r"the screen nonsense does not answer"),
        ("127.0.0.1:59000", "the screen 127.0.0.1:59000 does not answer"),
    ],
)
@pytest.mark.parametrize("kind", ["video", "image", "camera", "display"])
def test_engine_no_screen_is_an_error_and_leaves_nothing(
    kind: str,
    name: str | None,
    message: str,
    clip: Path,
    samples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if name is None:
        monkeypatch.delenv("DISPLAY", raising=False)
    else:
        monkeypatch.setenv("DISPLAY", name)
    inputs: dict[str, Any] = {
        "video": {"video_path": clip, "output_path": tmp_path / "o.mp4"},
        "image": {"image_path": samples / "portrait.jpg", "output_path": tmp_path / "o.png"},
        "camera": {"webcam_id": str(clip), "output_path": tmp_path / "o.mp4"},
        "display": {},
    }[kind]
    engine = Engine(show=True, progress=False, **inputs)
    with pytest.raises(DisplayError, match=message) as caught:
        _ = engine.display(photo()) if kind == "display" else engine.run()
    assert "leave show=False" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
