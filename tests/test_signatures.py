"""Which parameters a callable has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framechain.signatures import find_parameters


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda frame: frame, ()),
        (lambda frame, info: frame, ("info",)),
        (lambda frame, *, alpha=None: frame, ("alpha",)),
        (lambda frame, info, alpha: frame, ("alpha", "info")),
        (lambda frame, *info, **alpha: frame, ()),
        (eval("lambda info, /: info"), ()),
        (np.add, ()),
    ],
)
def test_find_parameters_only_those_that_can_be_named(function: Any, expected: tuple[str, ...]) -> None:
    assert find_parameters(function, "alpha", "info") == expected
