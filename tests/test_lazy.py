"""Names that are imported on first use."""

from __future__ import annotations

import subprocess
import sys

import pytest

from framechain import Matte, Sink, Source, mattes, sinks, sources
from framechain.lazy import make_getattr


@pytest.mark.parametrize(("package", "kind"), [(mattes, Matte), (sources, Source), (sinks, Sink)])
def test_lazy_package_names_are_classes_of_their_kind(package: object, kind: type) -> None:
    for name in package.__all__:  # type: ignore[attr-defined]
        thing = getattr(package, name)
        assert isinstance(thing, type)
        assert issubclass(thing, kind) or name == "OnnxFamily"


def test_make_getattr_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'framechain\.sinks' has no attribute 'Nothing'"):
        make_getattr("framechain.sinks", {})("Nothing")


def test_lazy_packages_load_no_heavy_module() -> None:
    code = "import sys, framechain.sources, framechain.sinks, framechain.mattes; print('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
