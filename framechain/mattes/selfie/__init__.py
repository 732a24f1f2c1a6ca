"""People, found by MediaPipe's selfie segmentation models.

The path of a frame: `matte` decides the quality and hands the frame to `stream` (videos, cameras) or `still` (images).
Both read crops of it through `views` and run a model on them (`augmentation`: with a horizontal flip; `model`;
`runtimes`). `humanseg` is a second network, which errs elsewhere; `presence` decides when it looks at a
stream, and whether both see anybody. `people` removes small components and returns the bounding box of the people,
from which `crop_tracking` makes the next crop. `smoothing` holds the matte of a stream steady in time. `edges` aligns
it with the image's edges.
"""
