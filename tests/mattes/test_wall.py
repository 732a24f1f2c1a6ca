"""Plain walls, continued to where they are hidden."""

from __future__ import annotations

import numpy as np

from framechain.mattes.wall import extend_wall


def test_extend_wall_uneven_light_is_followed() -> None:
    wall = np.linspace(220, 120, 320, dtype=np.float32)[None, :, None].repeat(180, 0).repeat(3, 2)
    image = wall.copy()
    image[60:, 120:200] = (30, 60, 190)
    assert np.abs(extend_wall(image, (0, 0, 60, 180)) - wall).max() < 12
