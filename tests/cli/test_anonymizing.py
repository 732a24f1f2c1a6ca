"""`framechain anonymize`."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from support.face_clips import place_face, write_face_clip

from framechain.cli.program import main


def test_anonymize_command_covers_and_says_what_to_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = write_face_clip(tmp_path / "clip.mp4", [(100, 80)] * 3)
    assert main(["anonymize", clip, "--cover", "pixelate", "--no-progress"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"wrote {tmp_path / 'clip_anonymized.mp4'}: 3 frames in ")
    assert "; 1 track covered" in out
    assert out.endswith(f"check it: {tmp_path / 'clip_anonymized.html'} (it shows faces)\n")
    assert err == ""


def test_anonymize_command_takes_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framechain.anonymizing.looks._TILES_OF_IMAGE", (1.0,))
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png"):
        assert cv2.imwrite(str(tmp_path / "in" / name), place_face(100, 80))
    (tmp_path / "in" / "c.png").write_bytes(b"no image")
    output = str(tmp_path / "out")
    assert main(["anonymize", str(tmp_path / "in"), "-o", output, "--no-report", "--quiet"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "c.png" in err
    assert sorted(path.name for path in Path(output).iterdir()) == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cover", "fog"], "--cover fog is neither blur, pixelate, solid nor an image file"),
        (["--cover", "picture"], "give the image file itself"),
        (["--report", "a.json", "--no-report"], "exclude each other"),
        (["--colour", "red"], "--colour red is not a colour"),
        (["--size", "9"], "size must be"),
        (["--start", "x"], "--start must be seconds"),
        (["--edit", "none.json"], "there is no report none.json"),
    ],
)
def test_anonymize_command_with_a_mistake_says_it_in_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["anonymize", "samples/clip.mp4", *words]) in (1, 2)
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1


def test_anonymize_command_with_one_report_for_several_inputs_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anonymize", "samples/*.jpg", "--edit", "x.json"]) == 2
    assert "--edit is for one input, and there are 2" in capsys.readouterr().err
