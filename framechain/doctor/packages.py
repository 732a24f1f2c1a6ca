"""Python, the packages that framechain needs, and OpenCV, of which only one version may be installed."""

from __future__ import annotations

import contextlib
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from .._version import __version__
from .verdict import INSTALL, Verdict, join_words

OPENCV_PACKAGES = (
    "opencv-python",
    "opencv-contrib-python",
    "opencv-python-headless",
    "opencv-contrib-python-headless",
)
"""All write into one folder, cv2."""
EXTRAS = {
    "onnx": ("onnxruntime",),
    "virtual-camera": ("pyvirtualcam",),
    "web": ("aiohttp", "aiortc"),
    "s3": ("boto3",),
    "cluster": ("dask", "distributed"),
    "watch": ("watchfiles",),
}
"""The packages of each extra."""

_LIBRARIES = "libgl1 libglib2.0-0 libegl1 libgles2 libsm6"
# Other checks say whether framechain can do without them.
_JUDGED_ELSEWHERE = frozenset({*OPENCV_PACKAGES, "mediapipe", "ai-edge-litert"})
# The longest is that of opencv-python; a shorter one ends with zeros.
_VERSION_PARTS = 5
_MORE = ("onnxruntime-gpu", "onnxruntime-directml", "sounddevice", "tomli", "IPython")


@dataclass(frozen=True, slots=True)
class PythonFacts:
    """The interpreter and the system."""

    framechain: str
    implementation: str
    version: str
    bits: int
    system: str
    machine: str


def gather_python() -> PythonFacts:
    """Look at the interpreter and the system."""
    system = f"{platform.system()} {platform.release()}"
    if sys.platform == "darwin":
        system = f"macOS {platform.mac_ver()[0]}"
    elif sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, KeyError):
            system = f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {system}"
    bits = 64 if sys.maxsize > 2**32 else 32
    name, version = platform.python_implementation(), platform.python_version()
    return PythonFacts(__version__, name, version, bits, system, platform.machine())


def judge_python(facts: PythonFacts) -> Iterable[Verdict]:
    """Return what the interpreter means."""
    python = f"{facts.implementation} {facts.version}, {facts.bits} bits"
    text = f"framechain {facts.framechain} on {python}; {facts.system}, {facts.machine}"
    if facts.bits < 64:
        advice = "OpenCV, PyAV and LiteRT have no wheels for 32 bits: install a Python of 64 bits"
        yield Verdict("problem", text, advice)
    else:
        yield Verdict("ok", text)


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """Packages.

    Attributes:
        versions: What is installed, of the packages that framechain has to do with.
        requirements: What framechain asks for, as in requirements.txt.
    """

    versions: Mapping[str, str]
    requirements: tuple[str, ...]


def gather_packages() -> PackageFacts:
    """Look at what is installed."""
    requirements = _read_requirements()
    names = {_split_requirement(line)[0] for line in requirements}
    names |= {*OPENCV_PACKAGES, *_JUDGED_ELSEWHERE, *_MORE, *(name for extra in EXTRAS.values() for name in extra)}
    return PackageFacts(find_versions(names), requirements)


def find_versions(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of those packages that are installed."""
    versions = {}
    for name in sorted(names):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _read_requirements() -> tuple[str, ...]:
    """Return what the installed package asks for; a checkout that is not installed has a file."""
    try:
        return tuple(metadata.requires("framechain") or ())
    except metadata.PackageNotFoundError:
        path = Path(__file__).resolve().parents[2] / "requirements.txt"
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return ()
        return tuple(line for line in lines if line and not line.startswith("#"))


def judge_packages(facts: PackageFacts) -> Iterable[Verdict]:
    """Return which packages are missing or of another version than framechain asks for."""
    asked: dict[str, list[str]] = {}
    needed = set()
    for line in facts.requirements:
        name, bounds, marker = _split_requirement(line)
        asked.setdefault(name, []).append(bounds)
        if not marker:
            needed.add(name)
    wrong = False
    for name, choices in asked.items():
        version = facts.versions.get(name)
        # Bounds with a marker are for some machines only: one that fits is enough.
        if version is not None and not any(_fits(version, bounds) for bounds in choices):
            bounds = choices[-1]
            text = f"{name} {version} is installed, framechain asks for {bounds}"
            yield Verdict("problem", text, f"pip install '{name}{bounds}'")
            wrong = True
        elif version is None and name in needed - _JUDGED_ELSEWHERE:
            yield Verdict("problem", f"{name} is not installed", f"pip install '{name}{choices[-1]}'")
            wrong = True
    if not wrong:
        yield Verdict("ok", f"{len(facts.versions)} packages, of the versions that framechain asks for")
    has = [extra for extra, names in EXTRAS.items() if all(name in facts.versions for name in names)]
    lacks = [extra for extra in EXTRAS if extra not in has]
    missing = f"not installed: {join_words(lacks)} (pip install 'framechain[{','.join(lacks)}]')" if lacks else ""
    yield Verdict("ok", "extras: " + "; ".join(filter(None, (join_words(has), missing))))


def _split_requirement(line: str) -> tuple[str, str, str]:
    """Return the name, the bounds of the version and the marker of a line such as "av<19,>=17.1"."""
    words, _, marker = line.partition(";")
    found = re.match(r"\s*([\w.-]+)\s*(?:\[[^\]]*\])?\s*(.*)", words)
    name, bounds = found.groups() if found else (words, "")
    return name, bounds.strip().strip("()").replace(" ", ""), marker.strip()


def _fits(version: str, bounds: str) -> bool:
    """Return whether a version lies in bounds such as ">=17.1,<19"; bounds of another kind are left to pip."""
    found = _parse_version(version)
    for bound in filter(None, bounds.split(",")):
        sign, limit = re.match(r"([<>=!~]*)(.*)", bound).groups()  # type: ignore[union-attr]
        if (sign == ">=" and found < _parse_version(limit)) or (sign == "<" and found >= _parse_version(limit)):
            return False
    return True


def _parse_version(text: str) -> tuple[int, ...]:
    numbers = re.match(r"\d+(?:\.\d+)*", text)
    parts = [int(part) for part in numbers[0].split(".")] if numbers else []
    return (*parts, *[0] * (_VERSION_PARTS - len(parts)))


@dataclass(frozen=True, slots=True)
class OpenCvFacts:
    """OpenCV.

    Attributes:
        packages: Which of its packages are installed, with their versions.
        version: What cv2 says of itself; "" if it cannot be imported.
        error: Why it cannot be imported.
        windows: Through what it shows windows, such as "QT5"; "" if it was built without.
        is_linux: Whether this is Linux, where the order of imports matters.
        av_came_first: Whether PyAV was imported before it.
    """

    packages: Mapping[str, str]
    version: str = ""
    error: str = ""
    windows: str = ""
    is_linux: bool = True
    av_came_first: bool = False


def gather_opencv() -> OpenCvFacts:
    """Look at OpenCV."""
    packages = find_versions(OPENCV_PACKAGES)
    # Modules stand in the order in which their imports began.
    first = [name for name in sys.modules if name in ("av", "cv2")][:1]
    try:
        import cv2
    except ImportError as error:
        return OpenCvFacts(packages, error=str(error) or "ImportError")
    found = re.search(r"^\s*GUI:\s*(\S+)", cv2.getBuildInformation(), re.MULTILINE)
    windows = found[1] if found and found[1] not in ("NONE", "NO") else ""
    return OpenCvFacts(packages, cv2.__version__, "", windows, sys.platform.startswith("linux"), first == ["av"])


def judge_opencv(facts: OpenCvFacts) -> Iterable[Verdict]:
    """Return whether there is one OpenCV, whole and with windows."""
    named = join_words([f"{name} {version}" for name, version in facts.packages.items()])
    verdicts = [*_judge_opencv_packages(facts, named)]
    if facts.error:
        advice = f"{INSTALL} {_LIBRARIES}" if ".so" in facts.error else "pip install --force-reinstall opencv-python"
        verdicts.append(Verdict("problem", f"cannot be imported: {facts.error}", advice))
    elif not facts.windows:
        text = f"OpenCV {facts.version} has no windows, so --show and cameras without --output cannot be used"
        advice = "write to files, or look at the page of `framechain serve`; for windows: pip install opencv-python"
        verdicts.append(Verdict("note", text, advice))
    if facts.av_came_first and facts.is_linux and not facts.error:
        text = "av was imported before cv2, before this program began: windows will freeze"
        advice = "a .pth file or sitecustomize.py in site-packages imports av: let it import cv2 before"
        verdicts.append(Verdict("problem", text, advice))
    if not verdicts:
        source = named or "from no package of pip's"
        verdicts.append(Verdict("ok", f"OpenCV {facts.version} with windows ({facts.windows}); {source}"))
    return verdicts


def _judge_opencv_packages(facts: OpenCvFacts, named: str) -> Iterable[Verdict]:
    versions = list(facts.packages.values())
    windowless = [name for name in facts.packages if name.endswith("headless")]
    kept = [name for name in facts.packages if name not in windowless] or windowless
    newest = max(versions, key=_parse_version, default="")
    again = " ".join(f"{name}=={newest}" for name in kept)
    advice = f"pip uninstall -y {' '.join(facts.packages)}, then pip install {again}"
    if len(set(versions)) > 1:
        yield Verdict("problem", f"{named} write into one folder and are of different versions", advice)
    elif windowless and kept != windowless:
        text = f"{named} write into one folder: the last one that was installed decides whether there are windows"
        yield Verdict("note" if facts.windows else "problem", text, advice)
    elif versions and facts.version and _parse_version(facts.version)[:3] != _parse_version(versions[0])[:3]:
        text = f"pip has {named}, but cv2 is {facts.version}: files of two versions are mixed"
        yield Verdict("problem", text, advice)
