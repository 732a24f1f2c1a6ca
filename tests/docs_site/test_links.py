"""Links of pages that are read on the forge and on the site."""

from __future__ import annotations

from pathlib import Path

import pytest
from site_pages.links import ROOT, rewrite_links

DOCS = ROOT / "docs"


@pytest.mark.parametrize(
    ("link", "folder", "expected"),
    [
        ("[x](mattes.md#mattes)", DOCS, "[x](mattes.md#mattes)"),
        ("[x](#here)", DOCS, "[x](#here)"),
        ("[x](https://a.org/b)", DOCS, "[x](https://a.org/b)"),
        ("[x](../CHANGELOG.md)", DOCS, "[x](changelog.md)"),
        ("[x](../../CONTRIBUTING.md#language)", DOCS / "guides", "[x](../contributing.md#language)"),
        ("[docs/page.md](docs/page.md)", ROOT, "[docs/page.md](page.md)"),
        ("[credits](../samples/README.md)", DOCS, "credits (`samples/README.md`)"),
        ("[examples/plugin](../examples/plugin)", DOCS, "`examples/plugin`"),
        ("![x](../a.jpg)", DOCS, "![x](../a.jpg)"),
    ],
)
def test_link_of_a_page_leads_to_the_site(link: str, folder: Path, expected: str) -> None:
    assert rewrite_links(link, folder) == expected
