"""The files of the page: nothing that its Content-Security-Policy refuses, and no id that is not there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import framechain

_STATIC = Path(framechain.__file__).parent.resolve() / "web" / "static"
_SCRIPTS = sorted(_STATIC.rglob("*.js"))


class _Document(HTMLParser):
    """Collects the elements of a document: tag and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))


def _read_document() -> list[tuple[str, dict[str, str]]]:
    return _Document((_STATIC / "index.html").read_text(encoding="utf-8")).elements


def test_document_when_read_has_nothing_inline() -> None:
    for tag, attributes in _read_document():
        assert tag != "style", "a style sheet inside the document"
        assert tag != "script" or "src" in attributes, "a script inside the document"
        inline = [name for name in attributes if name == "style" or name.startswith("on")]
        assert not inline, f"<{tag}> has {inline}"


def test_document_when_read_loads_only_its_own_files() -> None:
    for tag, attributes in _read_document():
        for name in ("src", "href"):
            path = attributes.get(name, "/")
            assert path[0] in "/#", f"<{tag}> loads {path}"
            if path.startswith("/static/"):
                assert (_STATIC / path.removeprefix("/static/")).is_file(), path


def test_document_when_read_has_each_id_once_and_labels_that_lead_somewhere() -> None:
    elements = _read_document()
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in elements:
        for name in ("for", "aria-labelledby"):
            assert set(attributes.get(name, "").split()) <= set(ids), attributes


def test_scripts_when_read_find_only_ids_of_the_document() -> None:
    ids = {attributes.get("id") for _, attributes in _read_document()}
    made = {"own-colour"}  # Elements that a script makes.
    for script in _SCRIPTS:
        for used in re.findall(r'\bfind\("([^"]+)"\)', script.read_text(encoding="utf-8")):
            assert used in ids | made, f"{script.name} looks for #{used}"


def test_scripts_when_read_never_make_html_from_text() -> None:
    assert _SCRIPTS
    for script in _SCRIPTS:
        text = script.read_text(encoding="utf-8")
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert word not in text, f"{script.name}: {word}"


def test_scripts_when_read_import_only_their_neighbours() -> None:
    for script in _SCRIPTS:
        for path in re.findall(r'\bfrom "([^"]+)"', script.read_text(encoding="utf-8")):
            module = (script.parent / path).resolve()
            assert path.startswith("."), f"{script.name} imports {path}"
            assert module in _SCRIPTS, f"{script.name} imports {path}"


def test_style_when_read_loads_nothing() -> None:
    style = (_STATIC / "page.css").read_text(encoding="utf-8")
    assert "url(" not in style
    assert "@import" not in style


def test_files_when_counted_have_at_most_350_lines() -> None:
    for path in filter(Path.is_file, _STATIC.rglob("*")):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path.name
