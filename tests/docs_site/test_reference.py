"""The reference of the site is complete: every public name, every option, every error."""

from __future__ import annotations

import argparse
import builtins
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from site_pages import api, errors, options
from site_pages.cures import find_cure
from site_pages.messages import list_kinds, list_messages, list_sites

import framechain
from framechain.cli.arguments import build_parser
from framechain.cli.page.serving import build_serve_parser

ROOT = Path(__file__).resolve().parents[2]
# These hand on what another error, or a library, said; what that is stands on the page by itself.
HANDED_ON = {
    ("batch/segments/process.py", "record.fault"),
    ("batch/segments/source.py", "problem"),
    ("live/outputs.py", "end"),
    ("live/outputs.py", "self.recorder.problems[-1]"),
    ("sources/network.py", "fault"),
    ("sources/network.py", "self._describe_error(error.__cause__)"),
    ("sources/network.py", "self._describe_error(error)"),
    ("testing.py", "sentence"),
    ("web/jobs/file_run.py", "hide_paths(sentence, names)"),
}


@pytest.fixture(scope="module")
def error_page() -> str:
    return errors.write_page()


def test_api_page_has_every_name_of_framechain_once() -> None:
    page = api.write_main_page()
    described = re.findall(r"^\.\. [\w:]+:: framechain\.(\w+)$", page, re.MULTILINE)
    assert sorted(described) == sorted(set(framechain.__all__) - {"__version__"})


def test_modules_page_has_every_name_of_the_other_modules() -> None:
    page = api.write_modules_page()
    for module in api.list_public_modules():
        described = re.findall(rf"^\.\. [\w:]+:: framechain\.{module}\.(\w+)$", page, re.MULTILINE)
        assert described == api.list_names(module)
        assert described


def test_public_modules_are_those_that_dir_names() -> None:
    assert set(api.list_public_modules()) - {"testing"} == {name for name in dir(framechain) if name.islower()} & {
        path.name for path in (ROOT / "framechain").iterdir() if path.is_dir()
    }


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("An `Engine` with `x`.", "An :py:obj:`Engine <framechain.Engine>` with ``x``."),
        ("Two `Engine`s.", r"Two :py:obj:`Engine <framechain.Engine>`\ s."),
        (">>> `a|b|c`", ">>> ``a|b|c``"),
        ("X - |Z| / 2", r"X - \|Z\| / 2"),
        ("    **options: All of it.", "    options: All of it."),
    ],
)
def test_docstring_line_becomes_links_and_code(line: str, expected: str) -> None:
    assert api.link_names(line, {"Engine": "framechain.Engine"}) == expected


@pytest.mark.parametrize("build", [build_parser, build_serve_parser])
def test_options_page_has_every_option(build: Callable[[], argparse.ArgumentParser]) -> None:
    page = options.write_page()
    shown = set(re.findall(r"(?<![\w-])-{1,2}[a-z][\w-]*", " ".join(re.findall(r"^\.\. option:: (.+)$", page, re.M))))
    wanted = {word for action in build()._actions for word in action.option_strings if action.help != argparse.SUPPRESS}
    assert len(wanted) > 10
    assert wanted - shown == set()


def test_options_page_has_every_command_with_a_parser() -> None:
    assert {"framechain", "framechain serve"} <= set(options.list_parsers())


def test_errors_page_has_the_sentence_of_every_site(error_page: str) -> None:
    """Counted without what makes the page: each call of a class of errors in the package."""
    calls: list[tuple[str, int]] = []
    for path in sorted((ROOT / "framechain").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not re.search(r"^\s*(class|>>>|\.\.\.|#)", line):
                names = [name for name in re.findall(r"(?<![\w.`])(\w+Error)\(", line) if not hasattr(builtins, name)]
                calls += [(path.relative_to(ROOT / "framechain").as_posix(), number)] * len(names)
    assert sorted(calls) == sorted((site.module, site.line) for site in list_sites() if site.kind.endswith("Error"))
    missing = [text for site in list_sites() for text in site.texts if text not in error_page]
    assert missing == []


def test_errors_without_a_sentence_of_their_own_are_those_that_hand_on() -> None:
    """A new one of these: say where its sentence stands, or give the sentence itself."""
    silent = {(site.module, site.argument or "") for site in list_sites() if not site.texts}
    assert {one for one in silent if "str(error)" not in one[1]} == HANDED_ON


def test_errors_say_what_to_do_by_more_than_their_kind() -> None:
    """Too many new ones: say in the sentence what to do, or write it into docs/site_pages/cures.txt."""
    messages = list_messages()
    without = [(one.module, one.text) for one in messages if find_cure(one) is None]
    assert len(messages) > 350
    assert without[: len(messages) // 20] == without


def test_errors_page_has_every_kind(error_page: str) -> None:
    public = [kind for kind in list_kinds() if kind in framechain.__all__]
    assert set(public) == {
        name
        for name in framechain.__all__
        if isinstance(thing := getattr(framechain, name), type) and issubclass(thing, framechain.FramechainError)
    }
    table = error_page.partition("## Kinds")[2].partition("\n## ")[0]
    assert [kind for kind in public if f"framechain.{kind}>" not in table] == []


@pytest.mark.parametrize(
    "fails",
    [
        lambda: framechain.Engine(video_path="none.mp4", custom_objects=[]).run(),
        lambda: framechain.MPSegmentation(threshold=2.0),
        lambda: framechain.MPSegmentation(bg_blur_ratio=(4, 4)),
        lambda: framechain.Place(x=5.0),
        lambda: framechain.Engine(source=None).run(),
    ],
)
def test_error_that_is_raised_stands_on_the_page(fails: Callable[[], object]) -> None:
    with pytest.raises(framechain.FramechainError) as caught:
        fails()
    fitting = [one for one in list_messages() if _fits(one.text, str(caught.value))]
    assert type(caught.value).__name__ in {one.kind for one in fitting}


def _fits(text: str, said: str) -> bool:
    parts = re.split(r"[A-Z][A-Z_]{2,}", text)
    return len("".join(parts)) > 10 and re.match(".*".join(map(re.escape, parts)), said) is not None
