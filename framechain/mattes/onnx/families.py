"""The families that have a preset. Their numbers are those of the projects' own inference code."""

from __future__ import annotations

from collections.abc import Collection

from ...basics.arguments import check_number
from .family import OnnxFamily

_RATIO, _RATIO_SIDE = "downsample_ratio", 512


class ModNet(OnnxFamily):
    """MODNet: portraits, true alpha.

    Source: github.com/ZHKKKe/MODNet, onnx/inference_onnx.py.
    """

    size = 512
    mean = std = 0.5
    activation = "none"
    is_alpha = True


class PPHumanSeg(OnnxFamily):
    """PP-HumanSeg, 192x192: people, two classes, also the file of OpenCV's model zoo. Exports end in softmax or argmax.

    Sources: github.com/PaddlePaddle/PaddleSeg, contrib/PP-HumanSeg (README, configs, transforms.py);
    github.com/opencv/opencv_zoo, models/human_segmentation_pphumanseg/pphumanseg.py.
    """

    size = 192, 192
    mean = std = 0.5
    edge = 0.5, 0.2


class PPHumanSegV2Lite(PPHumanSeg):
    """PP-HumanSeg V2 Lite, 256x144: portraits.

    Source: PaddleSeg, contrib/PP-HumanSeg/configs/portrait_pp_humansegv2_lite.yml. Letterbox and threshold were
    measured on the trained weights: stretched, IoU is 4 to 6 points lower; see docs/quality.md.
    """

    size = 256, 144
    fit = "contain"
    edge = 0.4, 0.2


class U2Net(OnnxFamily):
    """U-2-Net, its small version and the one for people: salient objects; slow.

    Source: github.com/xuebinqin/U-2-Net, u2net_human_seg_test.py and data_loader.py.
    """

    size = 320, 320
    scale = "max"
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    activation = "none"
    normalise = True
    is_alpha = True


class IsNet(OnnxFamily):
    """IS-Net (DIS): salient objects; slow.

    Source: github.com/xuebinqin/DIS, IS-Net/Inference.py.
    """

    size = 1024, 1024
    mean = 0.5
    activation = "none"
    normalise = True
    is_alpha = True


class RobustVideoMatting(OnnxFamily):
    """Robust Video Matting: people, true alpha; states go from frame to frame. Its inputs identify it without a preset.

    Source: github.com/PeterL1n/RobustVideoMatting, documentation/inference.md.

    Attributes:
        downsample_ratio: In (0, 1]; None for 512 / longer side, at most 1. Whole bodies want more.
    """

    size = None
    multiple = 1
    activation = "none"
    foreground = "fgr"
    is_alpha = True
    downsample_ratio: float | None = None

    def __init__(self) -> None:
        """Check the attributes."""
        super().__init__()
        if self.downsample_ratio is not None:
            check_number(_RATIO, self.downsample_ratio, 0.01, 1)

    def find_fault(self, inputs: Collection[str], *, is_recurrent: bool) -> str | None:
        """Refuse models without states, and a ratio that the model does not take."""
        if not is_recurrent:
            return "is not Robust Video Matting, whose inputs are src, r1i to r4i and downsample_ratio"
        if self.downsample_ratio is not None and _RATIO not in inputs:
            return f"has no input {_RATIO}: leave it out of the family"
        return None

    def compute_extra_inputs(self, width: int, height: int) -> dict[str, float]:
        """Return the ratio; the usual one is that of the project's inference.py."""
        return {_RATIO: self.downsample_ratio or min(1.0, _RATIO_SIDE / max(width, height))}


PRESETS: dict[str, type[OnnxFamily]] = {
    "modnet": ModNet,
    "pp-humanseg": PPHumanSeg,
    "pp-humanseg-v2-lite": PPHumanSegV2Lite,
    "u2net": U2Net,
    "isnet": IsNet,
    "rvm": RobustVideoMatting,
}
"""The families by the name of their preset."""
