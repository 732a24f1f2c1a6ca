"""Names that are imported on first use."""

from __future__ import annotations

import rlcompleter
import subprocess
import sys
from typing import Any

import pytest

from framechain import Background, Matte, Sink, Source, backgrounds, mattes, sinks, sources
from framechain.basics.lazy import make_lazy


@pytest.mark.parametrize(
    ("package", "kind"), [(mattes, Matte), (sources, Source), (sinks, Sink), (backgrounds, Background)]
)
def test_lazy_package_names_are_classes_of_their_kind(package: object, kind: type) -> None:
    for name in package.__all__:  # type: ignore[attr-defined]
        thing = getattr(package, name)
        assert isinstance(thing, type)
        assert issubclass(thing, kind) or name == "OnnxFamily"


def test_make_lazy_unknown_name_is_an_attribute_error() -> None:
    get, _ = make_lazy("framechain.sinks", {})
    with pytest.raises(AttributeError, match=r"module 'framechain\.sinks' has no attribute 'Nothing'"):
        get("Nothing")


@pytest.mark.parametrize("package", [mattes, sources, sinks, backgrounds])
def test_lazy_package_lists_its_names(package: Any) -> None:
    assert set(package.__all__) <= set(dir(package))
    completer, prefix = rlcompleter.Completer({"package": package}), f"package.{package.__all__[0]}"
    assert str(completer.complete(prefix, 0)).startswith(prefix)


@pytest.mark.slow
def test_lazy_package_lists_its_names_before_they_are_imported() -> None:
    code = "import sys, framechain.mattes as m; print(*dir(m)); print('framechain.mattes.onnx.matte' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, is_imported = done.stdout.splitlines()
    assert {"MediaPipeMatte", "OnnxMatte", "ChromaKey", "MOG2"} <= set(names.split())
    assert is_imported == "False"


def test_lazy_packages_load_no_heavy_module() -> None:
    code = "import sys, framechain.sources, framechain.sinks, framechain.mattes; print('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
