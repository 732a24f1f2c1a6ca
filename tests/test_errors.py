"""The exceptions: their bases, their text, and the results that two of them carry."""

from __future__ import annotations

import pickle

import pytest

from framechain import RunResult, errors
from framechain.errors import FramechainError, Interrupted, Terminated, reason

BUILT_IN = {
    "ArgumentError": ValueError,
    "ArgumentTypeError": TypeError,
    "MissingInputError": FileNotFoundError,
    "MediaError": ValueError,
    "OutputError": OSError,
    "CameraError": OSError,
    "CameraLostError": OSError,
    "DisplayError": RuntimeError,
    "DependencyError": ImportError,
    "ObjectError": RuntimeError,
    "ObjectResultError": TypeError,
    "LateError": TimeoutError,
    "FramechainWarning": UserWarning,
}


def test_errors_all_but_the_base_are_also_a_built_in() -> None:
    found = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, FramechainError) and kind is not FramechainError
    }
    assert found == set(BUILT_IN)


@pytest.mark.parametrize("name", BUILT_IN)
def test_error_is_a_framechain_error_and_a_built_in_and_prints_its_sentence(name: str) -> None:
    error = getattr(errors, name)("cannot read a.mp4: it is empty")
    assert isinstance(error, FramechainError)
    assert isinstance(error, BUILT_IN[name])
    assert str(error) == "cannot read a.mp4: it is empty"
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (type(error), str(error))


@pytest.mark.parametrize("name", BUILT_IN)
def test_error_can_be_made_as_by_tblib_for_dask(name: str) -> None:
    kind = getattr(errors, name)
    assert type(kind.__new__(kind)) is kind


def test_error_without_a_message_is_empty() -> None:
    assert str(errors.OutputError()) == ""


def test_interrupted_carries_the_result_and_is_no_framechain_error() -> None:
    result = RunResult(frames_written=3)
    error = Interrupted(result)
    assert error.result is result
    assert isinstance(error, KeyboardInterrupt)
    assert not isinstance(error, Exception)


def test_terminated_carries_the_result_and_exits_with_143() -> None:
    result = RunResult(frames_written=3)
    error = Terminated(result)
    assert error.result is result
    assert isinstance(error, SystemExit)
    assert error.code == 143


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(28, "No space left on device", "/tmp/x"), "No space left on device"),
        (ValueError("wrong"), "wrong"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_reason_is_the_message_without_number_and_path(error: Exception, text: str) -> None:
    assert reason(error) == text
