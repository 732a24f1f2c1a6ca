"""The site is built without a network and without a warning; links lead somewhere, and the search knows its words."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
# FRAMECHAIN_SITE: a site that was built just before, as .ci/run does.
BUILT = os.environ.get("FRAMECHAIN_SITE")
needs_sphinx = pytest.mark.skipif(
    BUILT is None and any(importlib.util.find_spec(name) is None for name in ("sphinx", "myst_parser", "furo")),
    reason="the site is not built, and what builds it is not here: pip install -r docs/requirements.txt",
)
pytestmark = [pytest.mark.slow, needs_sphinx]


class Page(HTMLParser):
    """What a page of the site loads, links to, and has anchors for."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link":
            self.loads.append(given["href"])
        self.loads += [given[name] for name in ("src", "poster") if name in given]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if BUILT is not None:
        yield Path(BUILT)
        return
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "docs", str(folder)]
    # Nothing listens there: what would ask the network fails, and a failure is a warning, which fails the build.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **nowhere}, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    yield folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def test_site_has_a_page_for_each_page_of_docs(site: Path) -> None:
    wanted = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert {path for path in wanted if path.name != "README.html"} - {
        path.relative_to(site) for path in site.rglob("*.html")
    } == set()


def test_site_loads_nothing_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        for address in page.loads:
            assert not urlsplit(address).scheme or address.startswith("data:"), f"{path.name} loads {address}"
            if not address.startswith("data:"):
                assert (path.parent / unquote(urlsplit(address).path)).exists(), f"{path.name} misses {address}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", sheet.read_text(encoding="utf-8")), sheet.name


def test_site_links_lead_somewhere(pages: dict[Path, Page]) -> None:
    faults = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if parts.scheme or parts.netloc:
                continue
            if target not in pages and not target.is_file():
                faults.append(f"{path.name}: {link} is no file")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                faults.append(f"{path.name}: {link} has no such anchor")
    assert faults == []


def test_site_search_works_from_a_file_and_knows_names_and_options(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    # A script may be loaded from a file, where a request for JSON is refused.
    assert index.startswith("Search.setIndex(")
    for word in ("mpsegmentation", "microphon", "bg_blur_ratio", "--virtual-camera"):
        assert word in index.lower()


def test_site_images_have_words_for_those_who_do_not_see_them(site: Path) -> None:
    for path in site.rglob("*.html"):
        for image in re.findall(r"<img\b[^>]*>", path.read_text(encoding="utf-8")):
            assert re.search(r'alt="[^"]{3,}"', image), f"{path.name}: {image}"
