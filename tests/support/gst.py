"""gst-rtsp-server, GStreamer's RTSP server, on this machine only (Debian: gir1.2-gst-rtsp-server-1.0)."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

from support.servers import Server
from support.transport import free_port

# Debian's modules are those of its own Python.
_PYTHON = Path("/usr/bin/python3")
_SETUP = """
import sys
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer
Gst.init(None)
"""
_LOOK = """
needed = "filesrc matroskademux h264parse rtph264pay aacparse rtpmp4gpay rtpbin udpsink appsrc appsink".split()
sys.exit(any(Gst.ElementFactory.find(name) is None for name in needed))
"""
# Each viewer sees the clip from its beginning, at its own rate.
_SERVE = """
server, factory = GstRtspServer.RTSPServer(), GstRtspServer.RTSPMediaFactory()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
audio = "" if sys.argv[3] == "silent" else "d. ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97"
video = "d. ! queue ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1"
factory.set_launch(f"( filesrc location={sys.argv[2]} ! matroskademux name=d {video} {audio} )")
if sys.argv[4] == "udp":
    factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
server.get_mount_points().add_factory("/live", factory)
server.attach(None)
GLib.MainLoop().run()
"""


def missing() -> str | None:
    """Return why there can be no such server here; None if there can."""
    reason = (
        "needs gst-rtsp-server (apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good "
        "gstreamer1.0-plugins-bad)"
    )
    if not _PYTHON.exists():
        return reason
    return reason if subprocess.run([_PYTHON, "-c", _SETUP + _LOOK], capture_output=True).returncode else None


class RtspServer(Server):
    """A server that shows a clip.

    Attributes:
        url: Where the clip is.
    """

    def __init__(self, clip: Path, *, has_audio: bool = True, transport: str = "any") -> None:
        """Start it.

        Args:
            clip: Matroska with H.264, and AAC if it has audio.
            has_audio: Whether the clip has audio.
            transport: "udp" refuses viewers that want TCP.
        """
        port = free_port(socket.SOCK_STREAM)
        self.url = f"rtsp://127.0.0.1:{port}/live"
        arguments = [str(port), str(clip), "audio" if has_audio else "silent", transport]
        super().__init__([_PYTHON, "-c", _SETUP + _SERVE, *arguments], self.url)
