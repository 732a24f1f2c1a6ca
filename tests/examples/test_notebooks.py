"""The notebooks of examples/: committed without outputs, and executed from their first cell to the last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from support.pages import Page, read_url
from support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples"
NOTEBOOKS = sorted(path.name for path in FOLDER.glob("*.ipynb"))


def load(name: str) -> Any:
    notebook = nbformat.read(FOLDER / name, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_notebooks_are_three_and_docs_name_them() -> None:
    assert NOTEBOOKS == ["1_first_steps.ipynb", "2_matte_and_compositing.ipynb", "3_dataset_of_frames.ipynb"]
    page = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
    assert all(f"(../examples/{name})" in page for name in NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_is_committed_without_outputs_and_paths_of_a_machine(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert not any(word in text for word in ("/home", "/Users", "/tmp", "C:\\", str(ROOT)))
    cells = [cell for cell in load(name).cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_links_lead_somewhere(name: str) -> None:
    text = "\n".join(cell.source for cell in load(name).cells if cell.cell_type == "markdown")
    links = [part.partition(")")[0] for part in text.split("](")[1:]]
    assert links
    assert [link for link in links if not (FOLDER / link).exists()] == []


def execute(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Execute a notebook where it lies, as Jupyter does; return the outputs of all cells."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    notebook = load(name)
    nbclient.NotebookClient(
        notebook, timeout=PATIENCE, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def find_pages(outputs: list[Any]) -> Iterator[Page]:
    for output in outputs:
        if "data" in output and "text/html" in output.data:
            yield Page(str(output.data["text/html"]))


def read_text(outputs: list[Any]) -> str:
    assert {output.name for output in outputs if output.output_type == "stream"} <= {"stdout"}
    return "".join(output.text for output in outputs if output.output_type == "stream")


@pytest.mark.slow
def test_notebook_of_first_steps_shows_images_and_videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = execute(NOTEBOOKS[0], tmp_path, monkeypatch)
    portrait, person, comparison, blurred, grey, frames = find_pages(outputs)
    assert [len(page.find("img")) for page in (portrait, person, comparison, frames)] == [1, 1, 2, 6]
    for page in (blurred, grey):
        assert [read_url(tag["src"])[0] for tag in page.find("video")] == ["video/mp4", "video/mp4"]
        assert "60 read, 60 processed, 60 written" in page.text
    assert "(512, 512, 4) uint8\n90 frames; the person fills 2" in read_text(outputs)
    assert sorted(path.name for path in tmp_path.rglob("*.mp4")) == ["blurred.mp4", "grey.mp4"]


@pytest.mark.slow
def test_notebook_of_compositing_shows_each_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asserts itself that its own steps come to the alpha of `cut_out`."""
    outputs = execute(NOTEBOOKS[1], tmp_path, monkeypatch)
    assert [len(page.find("img")) for page in find_pages(outputs)] == [1, 2, 4, 1, 3, 3, 2, 4, 2]
    text = read_text(outputs)
    assert "this matte's own: threshold 0.50, softness 0.20" in text
    assert "of the pixels are edge" in text


@pytest.mark.slow
def test_notebook_of_a_dataset_writes_images_mattes_and_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads the dataset back itself, and asserts what it promises."""
    outputs = execute(NOTEBOOKS[2], tmp_path, monkeypatch)
    text = read_text(outputs)
    assert "left out notes.mp4: cannot read .../clips/notes.mp4: it is no video or image" in text
    assert "images for training" in text
    images, mattes = (
        sorted(path.name for path in tmp_path.glob(f"*/dataset/{name}/*")) for name in ("images", "mattes")
    )
    assert images == mattes
    assert {name.partition("_")[0] for name in images} == {"monday", "tuesday", "evening"}
    assert f"{len(images)} images from 3 clips" in text
    (shown,) = find_pages(outputs)
    assert len(shown.find("img")) == 8
