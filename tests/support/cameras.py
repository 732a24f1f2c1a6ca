"""A network camera for the tests: numbered images as MJPEG over HTTP, on this machine only."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

from support.patience import PATIENCE, eventually

WIDTH, HEIGHT = 160, 120
_BITS = 10
_BOUNDARY = "image"


def numbered(number: int) -> Any:
    """Make an image that carries a number: a white or black stripe for each bit, the lowest at the left."""
    bits = [255 if number >> bit & 1 else 0 for bit in range(_BITS)]
    row = np.repeat(np.array(bits, np.uint8), WIDTH // _BITS)
    return np.ascontiguousarray(np.broadcast_to(row[None, :, None], (HEIGHT, WIDTH, 3)))


def number_of(image: Any) -> int:
    """Read the number that an image carries."""
    middle = image[HEIGHT // 2, WIDTH // _BITS // 2 :: WIDTH // _BITS, 1]
    return sum(1 << bit for bit, value in enumerate(middle) if value > 127)


def steadily(rate: float, count: int | None = None) -> Iterable[float]:
    """The waits of a camera with a constant rate.

    Args:
        rate: Images per second.
        count: How many images it sends; None for no end, so that it outlasts any busy machine.
    """
    return itertools.repeat(1 / rate) if count is None else [1 / rate] * count


def until(event: threading.Event) -> Iterator[float]:
    """The waits of a camera that sends nothing before an event, and then 30 images per second."""
    event.wait(PATIENCE)
    yield from steadily(30)


def then_await(waits: Iterable[float], look: Callable[[], object], what: str) -> Iterator[float]:
    """The waits of a camera that goes on (to hang, or to close the connection) only once something has happened."""
    yield from waits
    eventually(look, what)


@dataclass
class Visit:
    """How the camera treats one connection.

    Attributes:
        waits: Seconds before each image, one for each image. A generator may block: the camera waits for it.
        hang: Whether it then stays connected and sends nothing; else it closes the connection.
        scale: How many times larger than usual the images are from number `scaled_from` on.
        wrong_by: By how many bytes the length of the first image is wrong: VLC gives that of an older one.
    """

    waits: Iterable[float] = ()
    hang: bool = False
    scale: int = 1
    scaled_from: int = 0
    wrong_by: int = 0


class Camera:
    """Sends images with waits between them, then closes the connection or hangs.

    Attributes:
        sent: When each image was handed to the network, by `time.monotonic`.
        visits: When each viewer connected, by `time.monotonic`.
        released: Set at the end of the test: it ends all waits.
    """

    def __init__(self, visits: Sequence[Visit], image: Callable[[int], Any] = numbered) -> None:
        self.image = image
        self._plan = iter(visits)
        self.visits: list[float] = []
        self.sent: list[float] = []
        self.url = ""
        self.released = threading.Event()

    def serve(self, write: Callable[[bytes], object]) -> None:
        self.visits.append(time.monotonic())
        visit = next(self._plan, None)
        if visit is None:
            return
        for index, wait in enumerate(visit.waits):
            if index == 0:
                kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
                write(f"HTTP/1.0 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode())
            if self.released.wait(wait):
                return
            scale = visit.scale if index >= visit.scaled_from else 1
            image = np.kron(self.image(len(self.sent)), np.ones((scale, scale, 1), np.uint8))
            data = cv2.imencode(".jpg", image)[1].tobytes()
            length = len(data) + (0 if index else visit.wrong_by)
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"
            self.sent.append(time.monotonic())
            write(head.encode() + data + b"\r\n")
        if visit.hang:
            self.released.wait()


def check_arrivals(
    times: Sequence[float], numbers: Sequence[int], seen: Sequence[float], sent: Sequence[float]
) -> None:
    """Check the times of frames against their bounds: each arrived after it was sent and before it was seen.

    Args:
        times: In seconds; where they begin does not matter.
        numbers: The frames' numbers.
        seen: When an object was given each, by `time.monotonic`.
        sent: When each number was sent.
    """
    assert len(times) == len(numbers) == len(seen)
    for (time_1, number_1, seen_1), (time_2, number_2, seen_2) in itertools.combinations(
        zip(times, numbers, seen, strict=True), 2
    ):
        least, most = sent[number_2] - seen_1, seen_2 - sent[number_1]
        # Files round times to milliseconds.
        assert least - 0.003 <= time_2 - time_1 <= most + 0.003, (number_1, number_2)


@contextlib.contextmanager
def camera(
    waits: Iterable[float] = (), *later: Visit, hang: bool = False, image: Callable[[int], Any] = numbered
) -> Iterator[Camera]:
    """Run a camera.

    Args:
        waits: `Visit.waits` of the first connection.
        later: The connections after it. Any further one is closed without an answer.
        hang: `Visit.hang` of the first connection.
        image: Makes the image of a number.
    """
    device = Camera([Visit(waits, hang), *later], image)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(OSError):  # The viewer may leave at any time.
                device.serve(self.wfile.write)

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    device.url = f"http://127.0.0.1:{server.server_address[1]}/video.mjpg"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield device
    finally:
        device.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
