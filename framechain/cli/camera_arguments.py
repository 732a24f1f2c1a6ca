"""The options of the command line for cameras, and for where their result goes."""

from __future__ import annotations

import argparse

from ..options import CameraOptions, LiveOptions
from .parsing import parse_size

_CAMERA, _LIVE = CameraOptions(), LiveOptions()


def add_camera_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that say how a camera is opened.

    Args:
        group: Where they are listed.
    """
    group.add_argument(
        "--camera-size", type=parse_size, metavar="WxH", help="size to request from a webcam, such as 1280x720"
    )
    group.add_argument("--camera-fps", type=float, metavar="N", help="frames per second to request from a webcam")
    group.add_argument(
        "--camera-timeout",
        type=float,
        default=_CAMERA.timeout,
        metavar="S",
        help=f"seconds to wait for the first frame (default: {_CAMERA.timeout:g})",
    )
    group.add_argument(
        "--reconnect",
        "--camera-reconnect",
        dest="camera_reconnect",
        type=int,
        default=_CAMERA.reconnect,
        metavar="N",
        help="attempts in a row to reach a lost camera, or the server of --stream-to, again "
        f"(default: {_CAMERA.reconnect})",
    )
    group.add_argument(
        "--live",
        "--camera-live",
        dest="camera_live",
        action=argparse.BooleanOptionalAction,
        help="read a URL as a camera, or as a video (default: as the name and the server say)",
    )
    group.add_argument(
        "--microphone",
        "--camera-microphone",
        dest="camera_microphone",
        nargs="?",
        const="auto",
        metavar="NAME",
        help="record and stream the sound of a microphone (default: the system's; a part of its name or its number)",
    )


def add_live_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that say where the result of a camera goes.

    Args:
        group: Where they are listed.
    """
    group.add_argument("--record", metavar="FILE", help="record while the window is shown")
    group.add_argument(
        "--virtual-camera",
        nargs="?",
        const="auto",
        metavar="DEVICE",
        help="give the result to other programs as a webcam (default: the first free device; needs pyvirtualcam)",
    )
    group.add_argument("--stream-to", metavar="URL", help="stream to rtmp://, rtsp://, udp:// or tcp://")
    group.add_argument(
        "--max-failures",
        type=int,
        default=_LIVE.max_failures,
        metavar="N",
        help=f"frames in a row that may fail and are covered before the run ends (default: {_LIVE.max_failures})",
    )
