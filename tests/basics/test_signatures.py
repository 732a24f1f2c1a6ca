"""Which parameters a callable has."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

from framechain.basics.signatures import find_filled_parameters, find_parameters, is_required


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


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda frame, alpha: frame, ("alpha",)),
        (lambda frame, info=None, *, alpha=None: frame, ("info", "alpha")),
        (lambda frame, info, alpha=0.5: frame, ("info",)),
        (functools.partial(lambda frame, alpha: frame, alpha=0.5), ()),
        (np.add, ()),
    ],
)
def test_find_filled_parameters_alpha_with_a_value_of_its_own_is_left_alone(function: Any, expected: Any) -> None:
    assert find_filled_parameters(function) == expected


def test_is_required_is_without_a_default() -> None:
    assert is_required(lambda frame, alpha: frame, "alpha")
    assert not is_required(lambda frame, alpha=None: frame, "alpha")
