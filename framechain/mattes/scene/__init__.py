"""Mattes for a camera that stands still or for a plain wall, without a model.

`reference`, `running_average` and `subtractors` know the empty scene: each is a `difference.DifferenceMatte`. The last
two learn it (`learning`). `otsu` and `contour` need no image of the scene, only a plain wall.
"""
