"""What every test file may ask for."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

# NumPy's threads for linear algebra spin while they wait. Each of some hundred child processes would start them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2  # noqa: F401  (before av: see framechain/pixels/pyav.py)
import pytest
from hypothesis import HealthCheck, settings
from support.screens import Screen, missing, screen
from support.seeds import SEED, VARIABLE

from framechain.sinks.outlet import Outlet

REPOSITORY = Path(__file__).resolve().parent.parent

# Neither the time of day nor how busy the machine is decides what is tried, and nothing is left in the folder.
settings.register_profile(
    "framechain",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
# HYPOTHESIS_PROFILE=default looks for what was not tried before.
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "framechain")
settings.load_profile(PROFILE)


def pytest_configure() -> None:
    """Let Ctrl-C be heard, also where the tests run in the background of a shell, which has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Without byte code, each child process of a test compiles the package again, which takes longer than many a test.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Take thousands of tests out of the garbage collector's rounds, which take longer with each that is collected."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seed, at the end: pytest prints no header with -q."""
    terminalreporter.write_line(f"these random choices are repeated by {VARIABLE}={SEED} HYPOTHESIS_PROFILE={PROFILE}")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout's top folder."""
    return REPOSITORY


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of small media that the repository carries."""
    return REPOSITORY / "samples"


@pytest.fixture(scope="session")
def clip(samples: Path) -> Path:
    """640x360, 150 frames at 30000/1001, BT.709, AAC with a beep at each whole second."""
    return samples / "clip.mp4"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Media beside the checkout that the repository does not carry; mark such tests with `shared`."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("there is no ../shared with more media")
    return folder


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """A screen of the tests' own."""
    if reason := missing():
        pytest.skip(reason)
    with screen(tmp_path_factory.mktemp("screen")) as started:
        yield started


@pytest.fixture
def patient_recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the encoder is, recordings wait for it: no frame is missing because the machine is busy."""
    assert Outlet.__init__.__kwdefaults__["patience"] < 1
    monkeypatch.setitem(Outlet.__init__.__kwdefaults__, "patience", 60.0)


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    yield
    # A reader may need a moment to notice that a test dropped it.
    deadline = time.monotonic() + 20
    while (ours := _our_threads()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not ours, f"threads of framechain are left: {ours}"


def _our_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("framechain")]


@pytest.fixture(params=[2, 8])
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many cores the library sees: on two, the stages share threads."""
    number: int = request.param
    monkeypatch.setattr(os, "cpu_count", lambda: number)
    return number


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the test that waits longest: begun last, all others would be done long before it."""
    items.sort(key=lambda item: "two_minutes" not in item.name)
