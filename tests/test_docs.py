"""README and docs: their programs run, their commands are parsed, their tables name every argument, their links lead
somewhere, and the tests that they name exist."""

from __future__ import annotations

import inspect
import re
import shlex
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from support.children import Nursery, fork, nursery

import framechain
from framechain import CameraOptions, Encoding, Engine, FPSmetric, LiveOptions, MPSegmentation, RunResult
from framechain.cli.anonymizing import build_anonymize_parser
from framechain.cli.arguments import build_parser
from framechain.cli.builders import list_object_keys
from framechain.cli.diagnosis import build_doctor_parser
from framechain.cli.page.serving import build_serve_parser
from framechain.live.keys import make_help_lines
from framechain.sources.video import VideoSource

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
FRAMES = 20
README = TEXTS["README.md"]
# What is run by the slow tests.
SLOW = ("docs/guides/", "docs/how/")
# The tutorial's program waits for a camera: tests/test_tutorial.py runs it. tests/test_recipes.py runs the recipes.
PROGRAMS = [
    pytest.param(program, id=f"{name}-{number}", marks=[pytest.mark.slow] if name.startswith(SLOW) else [])
    for name, text in TEXTS.items()
    for number, program in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    if "webcam_id=0, show=True, custom_objects=[segmentationModule" not in program and name != "docs/recipes.md"
]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a shorter clip of the sample clip: what a program does takes time for every frame."""
    path = tmp_path_factory.mktemp("docs") / "clip.mp4"
    with framechain.write(path, fps=30, audio=ROOT / "samples" / "clip.mp4") as out:
        for frame in islice(framechain.read(ROOT / "samples" / "clip.mp4"), FRAMES):
            out(frame.bgr)
    return path


# A program is the main module of a process of its own, which need not import everything again.
WORK = """
import types, warnings
warnings.simplefilter("error")
warnings.simplefilter("ignore", DeprecationWarning)
os.environ["PATH"] = ""
def work(path):
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    with open(path) as file:
        exec(compile(file.read(), path, "exec"), vars(main))
"""


@pytest.fixture(scope="module")
def programs() -> Iterator[Nursery]:
    with nursery(WORK) as started:
        yield started


@fork
@pytest.mark.parametrize("program", PROGRAMS)
def test_docs_program_runs(program: str, clip: Path, programs: Nursery, tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    for copy in (tmp_path / "clip.mp4", tmp_path / "samples" / "clip.mp4"):
        shutil.copy(clip, copy)
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    done = programs.child(tmp_path, "program.py")
    assert done.end() == 0, done.err
    assert "Traceback" not in done.err
    outputs = list(tmp_path.rglob("*_out.mp4"))
    assert bool(outputs) == ("Engine(video_path" in program)
    for output in outputs:
        with VideoSource(str(output)) as source:
            assert sum(1 for _ in source) == FRAMES
    for expected in re.findall(r"^print\(.*#\s*(.+)$", program, re.MULTILINE):
        assert expected in done.out


def test_docs_have_programs() -> None:
    assert len(PROGRAMS) >= 8


def find_commands() -> list[str]:
    blocks = [block for text in TEXTS.values() for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL)]
    lines = [line for block in blocks for line in block.splitlines()]
    return [
        line for line in lines if re.match(r"(\w+=\S+ )?(python main\.py|framechain) ", line) and "--help" not in line
    ]


@pytest.mark.parametrize("command", find_commands())
def test_docs_command_is_parsed(command: str) -> None:
    words = shlex.split(re.sub(r"^\w+=\S+ ", "", command), comments=True)
    arguments = words[2 if words[0] == "python" else 1 :]
    if arguments[0] == "serve":
        assert build_serve_parser().parse_args(arguments[1:]).port
    elif arguments[0] == "anonymize":
        assert build_anonymize_parser().parse_args(arguments[1:]).input
    elif arguments[0] == "doctor":
        assert build_doctor_parser().parse_args(arguments[1:]).inputs == [None]
    else:
        assert build_parser().parse_args(arguments).input


def test_docs_have_commands() -> None:
    assert len(find_commands()) >= 15


@pytest.mark.parametrize("thing", [Engine, MPSegmentation, FPSmetric, Encoding, CameraOptions, LiveOptions, RunResult])
def test_readme_tables_name_every_argument(thing: type) -> None:
    missing = [
        name
        for name in inspect.signature(thing).parameters
        if name != "clock" and not re.search(rf"`[^`]*\b{name}\b", README)
    ]
    assert missing == []


def test_docs_page_names_every_option_of_the_server() -> None:
    """The others are those of the command line."""
    usual = {word for action in build_parser()._actions for word in action.option_strings}
    own = {action.option_strings[0] for action in build_serve_parser()._actions if action.option_strings} - usual
    assert "--port" in own
    assert [option for option in sorted(own) if not re.search(rf"`{option}\b", TEXTS["docs/page.md"])] == []


def test_docs_keys_are_those_of_the_program() -> None:
    table = re.search(r"\| key \| \|\n\| --- \| --- \|\n((?:\|.*\|\n)+)", TEXTS["docs/cameras.md"])
    assert table is not None
    rows = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in table[1].splitlines()]
    assert [(key.strip("`").replace("`, `", ", "), does) for key, does in rows] == [
        *make_help_lines(),
        *list_object_keys(),
    ]


def test_readme_fits_two_screens() -> None:
    assert len(README.splitlines()) < 200


def find_links() -> list[tuple[str, str]]:
    return [
        (name, link)
        for name, text in TEXTS.items()
        for link in re.findall(r"\]\(([^)\s]+)\)", text)
        if "://" not in link
    ]


def find_anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("name", "link"), sorted(set(find_links())))
def test_docs_link_leads_somewhere(name: str, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (ROOT / name).parent / path if path else ROOT / name
    assert target.exists()
    if anchor:
        assert anchor in find_anchors(target)


def find_named_tests() -> list[tuple[str, str | None]]:
    named: list[tuple[str, str | None]] = []
    for text in TEXTS.values():
        file = ""
        for quoted in re.findall(r"`([^`\n]+)`", text):
            if found := re.fullmatch(r"(?:tests/)?((?:\w+/)*test_\w+\.py)(?:::(\w+))?", quoted):
                file = found[1]
                named.append((file, found[2]))
            elif re.fullmatch(r"test_\w+", quoted) and file:
                named.append((file, quoted))
    return sorted(set(named), key=str)


@pytest.mark.parametrize(("file", "test"), find_named_tests())
def test_docs_named_test_exists(file: str, test: str | None) -> None:
    path = ROOT / "tests" / file
    assert path.exists()
    if test is not None:
        assert re.search(rf"^(?:def |class |){test}\b", path.read_text(encoding="utf-8"), re.MULTILINE)
