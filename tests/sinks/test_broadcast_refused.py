"""What is said when a server does not take a stream."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from support.nginx import RtmpServer, missing
from support.patience import eventually
from support.sink_cases import Case

from framechain.errors import OutputError
from framechain.sinks.broadcast import Broadcast


def refuse(url: str) -> str:
    """Send frames to an address until that is an error, and return what it says."""
    sink = Broadcast(url)
    case = Case(sink, list, kind="camera")
    case.open()
    refusals: list[str] = []

    def send() -> bool:
        try:
            sink.write(case.make_frame(len(refusals)))
        except OutputError as error:
            refusals.append(str(error))
        time.sleep(0.02)
        return bool(refusals)

    try:
        eventually(send, "the refusal")
    finally:
        sink.finish()
    return refusals[0]


@pytest.mark.slow
@pytest.mark.skipif(missing() is not None, reason=str(missing()))
@pytest.mark.parametrize("application", ["closed", "nowhere"])
def test_broadcast_refused_by_nginx_says_what_to_check(application: str, tmp_path: Path) -> None:
    with RtmpServer(tmp_path) as server:
        url = f"{server.address}/{application}/key"
        message = refuse(url)
    refused = "the server refused the stream: check the name of its application and the key ("
    assert message.startswith(f"cannot stream to {url}: {refused}")


@pytest.mark.parametrize("scheme", ["rtmp", "rtsp"])
def test_broadcast_to_an_unknown_host_names_it(scheme: str) -> None:
    url = f"{scheme}://no-such-host.invalid/live/key"
    assert refuse(url) == f"cannot stream to {url}: host no-such-host.invalid cannot be found (Input/output error)"


@pytest.mark.parametrize("scheme", ["udp", "tcp", "rtp"])
def test_broadcast_without_a_port_is_refused_at_once(scheme: str) -> None:
    with pytest.raises(
        OutputError, match=rf"^cannot stream to {scheme}://127.0.0.1: {scheme}:// needs a port, such as "
    ):
        Broadcast(f"{scheme}://127.0.0.1")
