"""The doctor's lines about system libraries, microphones, the screen and codecs."""

from __future__ import annotations

import dataclasses

import pytest

from framechain.doctor import libraries
from framechain.doctor.libraries import (
    LIBRARIES,
    LibraryFacts,
    MicrophoneFacts,
    gather_libraries,
    judge_libraries,
    judge_microphones,
)
from framechain.doctor.outputs import (
    CodecFacts,
    ScreenFacts,
    gather_codecs,
    gather_screen,
    judge_codecs,
    judge_screen,
)
from framechain.sinks.files.codecs import ALPHA_CODECS

CODECS = CodecFacts("18.1.0", "8.1", {"libx264": True, "libsvtav1": True}, {"h264": True, "av1": True})


def test_libraries_that_are_all_there_are_ok() -> None:
    assert [verdict.state for verdict in judge_libraries(LibraryFacts(True, ()))] == ["ok"]
    assert [verdict.state for verdict in judge_libraries(LibraryFacts(False, ()))] == ["ok"]


def test_libraries_that_are_missing_are_named_for_what_needs_them() -> None:
    facts = LibraryFacts(True, ("libEGL.so.1", "libGLESv2.so.2", "libportaudio.so.2"))
    verdicts = list(judge_libraries(facts))
    assert [verdict.state for verdict in verdicts] == ["note", "note"]
    assert verdicts[0].text == "libEGL.so.1 and libGLESv2.so.2 cannot be loaded, which MediaPipe may need"
    assert verdicts[0].advice.endswith("sudo apt-get install -y libegl1 libgles2")
    assert verdicts[1].advice.endswith("sudo apt-get install -y libportaudio2")


def test_libraries_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    if gather_libraries().is_linux:
        monkeypatch.setitem(LIBRARIES, "libframechain-none.so.9", ("none", "nobody"))
        assert "libframechain-none.so.9" in gather_libraries().missing
    monkeypatch.setattr(libraries.sys, "platform", "darwin")
    assert gather_libraries() == LibraryFacts(False, ())


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        (MicrophoneFacts(2), "ok", "2 found"),
        (MicrophoneFacts(), "note", "plug one in"),
        (MicrophoneFacts(error="sounddevice cannot be imported: x"), "note", "pip install sounddevice"),
    ],
)
def test_microphones_verdicts(facts: MicrophoneFacts, state: str, words: str) -> None:
    (verdict,) = judge_microphones(facts)
    assert verdict.state == state
    assert words in f"{verdict.text} {verdict.advice}"


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        (ScreenFacts(True, True), "ok", "an X server"),
        (ScreenFacts(True, True, True), "ok", "of a Wayland session"),
        (ScreenFacts(False), "ok", "without an X server"),
        (ScreenFacts(True, False, True), "note", "XWayland"),
        (ScreenFacts(True), "note", "ssh -X"),
        (ScreenFacts(True, True, False, "the screen does not answer (DISPLAY)"), "problem", "XAUTHORITY"),
    ],
)
def test_screen_verdicts(facts: ScreenFacts, state: str, words: str) -> None:
    (verdict,) = judge_screen(facts)
    assert verdict.state == state
    assert words in f"{verdict.text} {verdict.advice}"


def test_screen_that_does_not_answer_is_told_without_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", "127.0.0.1:4095")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    facts = gather_screen()
    if not facts.needs_x:
        pytest.skip("windows need no X server here")
    assert facts == ScreenFacts(True, True, False, "the screen does not answer (DISPLAY)")


def test_codecs_of_this_machine_are_all_there() -> None:
    facts = gather_codecs()
    assert facts.encoders is not None
    assert {"libx264", *(name for name, _ in ALPHA_CODECS.values())} <= set(facts.encoders)
    assert [verdict.state for verdict in judge_codecs(facts)] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("facts", "states", "words"),
    [
        (dataclasses.replace(CODECS, encoders={"libx264": False}), ["problem"], "cannot encode libx264"),
        (dataclasses.replace(CODECS, encoders={"libsvtav1": False}), ["note"], "cannot encode libsvtav1"),
        (
            dataclasses.replace(CODECS, decoders={"h264": False, "av1": False}),
            ["problem"],
            "cannot decode h264 and av1",
        ),
        (dataclasses.replace(CODECS, decoders={"h264": True, "av1": False}), ["note"], "--force-reinstall av"),
        (CodecFacts(error="libavcodec.so is missing"), ["problem"], "libavcodec.so is missing"),
    ],
)
def test_codecs_that_are_missing_say_what_to_do(facts: CodecFacts, states: list[str], words: str) -> None:
    verdicts = list(judge_codecs(facts))
    assert [verdict.state for verdict in verdicts] == states
    assert words in " ".join(f"{verdict.text} {verdict.advice}" for verdict in verdicts)
