"""Mattes for a camera that stands still or for a plain wall, without a model.

The path of a frame: `reference`, `running_average` and `subtractors` know the empty scene. All are a
`difference.DifferenceMatte`: it adapts the scene to the frame's light (`exposure`), marks what differs, and removes
shadows (`shadows`). `learning` is the base of those that learn the scene themselves; it also removes ghosts
(`ghosts`). `otsu` and `contour` need no image of the scene, only a plain wall. `components` measures the connected
components of a mask.
"""
