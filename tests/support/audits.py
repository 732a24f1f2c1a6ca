"""What keeps people out of the page: axe-core looks at it in both themes and two widths."""

from __future__ import annotations

from support.browser import Browser

LOOKS = [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")]


def audit(browser: Browser, state: str) -> list[str]:
    """What axe-core finds, and what reaches over the edge, in both themes and two widths."""
    found = []
    for width, theme in LOOKS:
        browser.show(width, 900, theme)
        found += [f"{state}, {width}, {theme}: {one}" for one in browser.audit()]
        if browser.run("const page = document.documentElement; return page.scrollWidth > page.clientWidth"):
            found.append(f"{state}, {width}, {theme}: it scrolls sideways")
    browser.show()
    return found
