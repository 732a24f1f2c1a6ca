"""Connected components and their measurements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framechain.mattes.scene.components import Components


@pytest.fixture
def mask() -> Any:
    mask = np.zeros((20, 40), np.uint8)
    mask[:, :10] = mask[4:12, 20:30] = 255
    return mask


def test_components_areas_means_and_lines_are_measured(mask: Any) -> None:
    components = Components(mask)
    values = np.where(np.arange(40) < 15, 50, 90)[None].repeat(20, 0)
    assert components.count == 2
    assert components.estimate_areas().tolist() == [200, 80]
    assert components.estimate_means(values).tolist() == [50, 90]
    assert components.count_on_lines((0, slice(None)), (slice(1, None), 0)).tolist() == [10 + 19, 0]


def test_components_more_than_255_are_selected_one_by_one() -> None:
    mask = np.zeros((60, 60), np.uint8)
    mask[::3, ::3] = 255
    components = Components(mask)
    assert components.count == 400
    flags = np.zeros(400, np.bool_)
    flags[[0, 399]] = True
    assert np.argwhere(components.select(flags)).tolist() == [[0, 0], [57, 57]]
