"""docs/notebooks.md as a notebook: a kernel executes its programs, and each shows something."""

from __future__ import annotations

import re
import shutil
from itertools import islice
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from support.pages import Page, read_url
from support.patience import PATIENCE

import framechain

ROOT = Path(__file__).resolve().parents[2]
FRAMES = 25
PROGRAMS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    """Execute the programs, one after the other in one kernel; return what each cell shows."""
    folder = tmp_path_factory.mktemp("notebook")
    with framechain.write(folder / "clip.mp4", fps=30) as out:
        for frame in islice(framechain.read(ROOT / "samples" / "clip.mp4"), FRAMES):
            out(frame.bgr)
    (folder / "samples").mkdir()
    shutil.copy(folder / "clip.mp4", folder / "samples" / "clip.mp4")
    setup = f"import os, sys; sys.path.insert(0, {str(ROOT)!r}); os.environ.pop('PYTEST_CURRENT_TEST', None)"
    cells = [nbformat.v4.new_code_cell(code) for code in (setup, *PROGRAMS, "print(framechain.__file__)")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(
        notebook, timeout=PATIENCE, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    saved = nbformat.reads(nbformat.writes(notebook), as_version=4)
    assert saved.cells[-1].outputs[0].text.strip() == str(ROOT / "framechain" / "__init__.py")
    return [Page(_get_html(cell)) for cell in saved.cells[1:-1]]


def _get_html(cell: Any) -> str:
    (output,) = cell.outputs
    assert output.data["text/plain"].startswith(("<View of ", "RunResult("))
    return str(output.data["text/html"])


@pytest.mark.slow
def test_notebook_shows_what_the_page_of_the_docs_says(pages: list[Page]) -> None:
    video, run, comparison, grid, matte = pages
    assert [read_url(tag["src"])[0] for tag in video.find("video")] == ["video/mp4"]
    assert len(run.find("video")) == 2
    assert run.has("framechain-compare")
    assert f"{FRAMES} read, {FRAMES} processed, {FRAMES} written" in run.text
    assert len(comparison.find("img")) == 2
    assert comparison.has("framechain-compare")
    assert len(grid.find("img")) == 9
    assert len(matte.find("img")) == 3
    assert "MediaPipeMatte" in matte.text
