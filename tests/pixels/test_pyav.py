"""PyAV comes from one module, which imports OpenCV first: the other order freezes OpenCV's windows on Linux."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.patience import PATIENCE

_ORDER = "import sys; sys.path.insert(0, {root!r}); {code}; names = list(sys.modules); print(*names)"


def import_order(repository: Path, code: str) -> list[str]:
    """The modules that a fresh interpreter imports, in order."""
    command = [sys.executable, "-c", _ORDER.format(root=str(repository), code=code)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.split()


@pytest.mark.parametrize(
    "code",
    [
        "from framechain.pixels.pyav import av",
        pytest.param("import framechain.sources.video", marks=pytest.mark.slow),
        pytest.param("import framechain.sinks.files.video_file", marks=pytest.mark.slow),
        "from framechain import open_source; open_source('samples/clip.mp4').close()",
    ],
)
def test_pyav_is_imported_after_opencv(code: str, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    names = import_order(repository, code)
    assert names.index("cv2") < names.index("av")


def test_pyav_is_not_imported_with_the_package(repository: Path) -> None:
    assert "av" not in import_order(repository, "import framechain")


def find_imports(node: ast.AST) -> Iterator[str]:
    """Yield the modules that are imported while the program runs, not for types only."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield node.module or ""
    for child in ast.iter_child_nodes(node):
        yield from find_imports(child)


@pytest.mark.slow
def test_pyav_has_no_second_way_into_the_package(repository: Path) -> None:
    importers = [
        path.relative_to(repository).as_posix()
        for path in sorted((repository / "framechain").rglob("*.py"))
        if any(name.split(".")[0] == "av" for name in find_imports(ast.parse(path.read_text(encoding="utf-8"))))
    ]
    assert importers == ["framechain/pixels/pyav.py"]
