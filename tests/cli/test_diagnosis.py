"""`framechain doctor` on this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.patience import PATIENCE

from framechain.cli import diagnosis
from framechain.cli.program import main
from framechain.doctor.check import Check
from framechain.doctor.machine import CoreFacts
from framechain.doctor.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
# What other programs may read: a change needs a new number in framechain/doctor/report.py.
SCHEMA = {
    "python": {"framechain", "implementation", "version", "bits", "system", "machine"},
    "packages": {"versions", "requirements"},
    "opencv": {"packages", "version", "error", "windows", "is_linux", "av_came_first"},
    "libraries": {"is_linux", "missing"},
    "matte": {"runtime", "versions", "milliseconds", "error"},
    "onnx": {"packages", "providers", "error"},
    "codecs": {"pyav", "ffmpeg", "encoders", "decoders", "error"},
    "cameras": {"cameras", "in_container"},
    "microphones": {"count", "error"},
    "virtual camera": {"is_linux", "pyvirtualcam", "devices", "denied"},
    "screen": {"needs_x", "has_display", "has_wayland", "refusal"},
    "cores": {"total", "allowed", "quota", "load"},
    "folders": {"temporary_free", "temporary_error", "current_free", "current_error"},
}


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant names: of the user, the host and the home folder, in which the folders of this process are."""
    home = tmp_path / "home" / "annalena doe"
    (home / "secret-client").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", "annalena")
    monkeypatch.setenv("LOGNAME", "annalena")
    monkeypatch.setattr(socket, "gethostname", lambda: "planthost.example.org")
    monkeypatch.setenv("DISPLAY", "planthost:77")
    monkeypatch.setattr("tempfile.tempdir", str(home / "secret-client" / "missing"))
    monkeypatch.chdir(home / "secret-client")


def test_doctor_json_of_this_machine_is_of_the_schema_and_tells_nothing_private(
    private: None, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["doctor", "--json", "--no-benchmark"])
    text = capsys.readouterr().out
    found = json.loads(text)
    assert set(found) == {"schema", "framechain", "problems", "notes", "recommendation", "checks"}
    assert {check["area"]: set(check["facts"]) for check in found["checks"]} == SCHEMA
    assert all(set(verdict) == {"state", "text", "advice"} for one in found["checks"] for verdict in one["verdicts"])
    assert all(one["verdicts"] for one in found["checks"])
    # The folder for temporary files is missing, and the screen is none that answers.
    assert code == 1
    assert found["problems"] >= 1
    for word in ("annalena", "planthost", "secret-client", "/home", str(ROOT)):
        assert word not in text.lower()


def test_doctor_prints_each_area_and_a_summary(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "CHECKS", [one for one in diagnosis.CHECKS if one.area in ("python", "cores")])
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["doctor", "--no-benchmark"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "python          framechain" in out
    assert "\nok       cores" in out or "\nnote     cores" in out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) < 80
    assert "\nno problems and " in out
    assert out.endswith(" doctor --json\n")


def check(state: Any) -> Check[CoreFacts]:
    return Check("thing", lambda: CoreFacts(2, 2), lambda facts: [Verdict(state, "found")])


@pytest.mark.parametrize(("states", "code"), [(["ok", "note"], 0), (["note", "problem", "ok"], 1)])
def test_doctor_exit_code_says_whether_something_is_broken(
    states: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(diagnosis, "CHECKS", [check(state) for state in states])
    assert main(["doctor", "--no-benchmark"]) == code


def test_doctor_measures_unless_told_not_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(diagnosis, "CHECKS", [])
    monkeypatch.setattr(diagnosis, "BENCHMARK", check("ok"))
    assert main(["doctor"]) == 0
    assert "measuring for about five seconds ...\nok       thing" in capsys.readouterr().out
    assert main(["doctor", "--no-benchmark"]) == 0
    assert "measuring" not in capsys.readouterr().out
    assert main(["doctor", "--json"]) == 0
    assert [one["area"] for one in json.loads(capsys.readouterr().out)["checks"]] == ["thing"]


def test_doctor_interrupted_ends_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*given: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(diagnosis, "diagnose", interrupt)
    assert main(["doctor"]) == 130
    assert capsys.readouterr().err.endswith("doctor: interrupted\n")


@pytest.mark.parametrize("words", [["clip.mp4"], ["--json", "--fast"]])
def test_doctor_wrong_argument_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *words])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def run_command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command where OpenCV lacks a system library."""
    (folder / "cv2.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')")
    program = f"import sys; sys.argv = {['framechain', *words]!r}; import framechain_command; framechain_command.run()"
    path = os.pathsep.join((str(folder), str(ROOT)))
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_doctor_without_opencv_says_what_is_missing(tmp_path: Path) -> None:
    """The package itself cannot be imported then."""
    done = run_command(tmp_path, "doctor", "--json")
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert done.returncode == found["problems"] == 1
    checks = {one["area"]: one["verdicts"] for one in found["checks"]}
    (opencv,) = checks["opencv"]
    assert opencv["state"] == "problem"
    assert "libGL.so.1" in opencv["text"]
    assert "apt-get install -y libgl1" in opencv["advice"]
    assert checks["codecs"][0]["text"] == "could not be checked: libGL.so.1: cannot open shared object file"
    assert checks["cores"][0]["state"] in ("ok", "note")


def test_command_without_opencv_is_one_line(tmp_path: Path) -> None:
    done = run_command(tmp_path, "clip.mp4")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("framechain: OpenCV cannot be imported (libGL.so.1: ")
    assert done.stderr.count("\n") == 1
    assert "`framechain doctor`" in done.stderr
