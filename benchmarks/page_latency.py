"""Latency of the page in Chromium, from the camera's frame to the result's canvas, at 640x480 and 30 frames/s.

    python benchmarks/page_latency.py                                # a minute by WebRTC, a minute by JPEG
    python benchmarks/page_latency.py --transport webrtc --seconds 20

Chromium's camera plays samples/clip.mp4 with a number in each frame. A script beside the page's own reads the numbers,
both with the browser's clock: of the camera's frames in requestVideoFrameCallback of a preview, of the result's in the
first animation frame in which #result shows them. "from capture" counts from the moment at which the browser says that
the camera took the frame (`captureTime`), "from preview" from the moment at which the preview could show it. What the
screen itself takes, at most one refresh, is not in the numbers. Browser, server and engine share the cores.
"""

from __future__ import annotations

import argparse
import bisect
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Measure this checkout, whatever is installed.

from chromium import (  # noqa: E402
    HEIGHT,
    NUMBERS,
    RATE,
    READ_NUMBER,
    WIDTH,
    Image,
    find_missing,
    start_chromium,
    write_camera,
)
from selenium import webdriver  # noqa: E402
from served_page import ServedPage  # noqa: E402

CLIP = ROOT / "samples" / "clip.mp4"
_WINDOW = 10.0
# A camera's frame is seen again before the numbers begin anew.
_LONGEST = NUMBERS / RATE * 1000
_WAIT = 60.0

# camera: [number, captureTime, time of the preview]; result: [number, time]; in milliseconds of performance.now().
_WATCH = (
    "(() => {"
    + READ_NUMBER
    + """
const seen = window.framechainSeen = {camera: [], result: []};
function note(list, ...row) {
  if (row[0] >= 0 && list.at(-1)?.[0] !== row[0]) list.push(row);
}
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  const video = Object.assign(document.createElement('video'), {muted: true, srcObject: stream.clone()});
  await video.play();
  const look = (now, frame) => {
    note(seen.camera, readNumber(video), frame.captureTime, performance.now());
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  return stream;
};
function look() {
  const canvas = document.querySelector('#result');
  if (canvas) note(seen.result, readNumber(canvas), performance.now());
  requestAnimationFrame(look);
}
requestAnimationFrame(look);
})();
"""
)


def make_scenes() -> Iterator[Image]:
    """Yield 128 frames of the sample clip, forwards and backwards, below the strip for the number."""
    capture = cv2.VideoCapture(str(CLIP))
    frames = []
    while (answer := capture.read())[0]:
        frame = answer[1]
        scene = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        scene[: HEIGHT - frame.shape[0]] = frame[0]
        scene[HEIGHT - frame.shape[0] :] = frame
        frames.append(scene)
    capture.release()
    turn = len(frames) - 1
    for index in range(NUMBERS):
        yield frames[turn - abs(turn - index % (2 * turn))]


def count_cpu(pid: int) -> float:
    """Return the CPU seconds of a process and of all that it has started, as far as they live."""
    total, pids = 0.0, [pid]
    while pids:
        one = pids.pop()
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            for task in os.listdir(f"/proc/{one}/task"):
                pids += [int(child) for child in Path(f"/proc/{one}/task/{task}/children").read_text().split()]
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def match(seen: dict[str, list[list[float]]]) -> list[tuple[float, float, float]]:
    """Return for each shown result, in ms: its time, and its latency from capture and from the preview."""
    by_number: dict[float, list[list[float]]] = {}
    for row in seen["camera"]:
        by_number.setdefault(row[0], []).append(row)
    found = []
    for number, shown in seen["result"]:
        rows = by_number.get(number, [])
        at = bisect.bisect([row[1] for row in rows], shown) - 1
        if at >= 0 and shown - rows[at][1] < _LONGEST:
            found.append((shown, shown - rows[at][1], shown - rows[at][2]))
    return found


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which a part of the values is."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def print_rows(label: str, rows: Sequence[tuple[float, float, float]]) -> None:
    """Print the latency of each ten seconds, and of all."""
    begin = rows[0][0]
    windows: dict[int, list[tuple[float, float, float]]] = {}
    for row in rows:
        windows.setdefault(int((row[0] - begin) / 1000 / _WINDOW), []).append(row)
    print(f"{label:<8} {'seconds':>8} {'frames/s':>9}   from capture p50   p95   max   from preview p50   p95")
    for index, part in [*windows.items(), (-1, list(rows))]:
        # The last window may be cut short.
        length = max((part[-1][0] - part[0][0]) / 1000, 1e-3)
        capture, preview = [row[1] for row in part], [row[2] for row in part]
        name = "all" if index < 0 else f"{index * _WINDOW:.0f}-{(index + 1) * _WINDOW:.0f}"
        print(
            f"{label:<8} {name:>8} {(len(part) - 1) / length:>9.1f}"
            f"   {statistics.median(capture):>16.0f} {percentile(capture, 0.95):>5.0f} {max(capture):>5.0f}"
            f"   {statistics.median(preview):>16.0f} {percentile(preview, 0.95):>5.0f}"
        )


def measure(
    driver: webdriver.Chrome, server: ServedPage, transport: str, seconds: float, warm_up: float
) -> list[tuple[float, float, float]]:
    """Watch the page for a while; return what `match` returns, after the warm-up."""
    if transport == "jpeg":
        gone = {"source": "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"}
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", gone)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH})
    allowed: dict[str, Any] = {"permission": {"name": "camera"}, "setting": "granted"}
    driver.execute_cdp_cmd("Browser.setPermission", allowed)
    driver.get(server.address)
    deadline = time.monotonic() + _WAIT
    while not driver.execute_script("return framechainSeen.result.length"):
        if driver.execute_script("const b = document.querySelector('#start'); return b && !b.disabled && !b.hidden"):
            driver.execute_script("document.querySelector('#start').click()")
        if time.monotonic() > deadline:
            raise SystemExit(f"no result has come back: {driver.execute_script('return document.body.innerText')}")
        time.sleep(1.0)
    time.sleep(warm_up)
    driver.execute_script("framechainSeen.result.length = 0")
    process = driver.service.process
    assert process is not None
    before = (count_cpu(server.pid), count_cpu(process.pid))
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    seen = driver.execute_script("return framechainSeen")
    used = [
        (now - then) / took for now, then in zip((count_cpu(server.pid), count_cpu(process.pid)), before, strict=True)
    ]
    rows = match(seen)
    if not rows:
        raise SystemExit("no number of the result could be read")
    print_rows(transport, rows)
    stats = str(driver.execute_script("return document.querySelector('#stats')?.innerText ?? ''")).split()
    print(f"{transport:<8} cores used: server {used[0]:.2f}, browser {used[1]:.2f}; the page says: {' '.join(stats)}")
    return rows


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--warm-up", type=float, default=5.0, help="seconds after the first result that are not counted"
    )
    parser.add_argument("--transport", choices=["webrtc", "jpeg", "both"], default="both")
    parser.add_argument("arguments", nargs="*", help="more arguments of `serve`, after --")
    options = parser.parse_args()
    if reason := find_missing():
        raise SystemExit(reason)
    with tempfile.TemporaryDirectory(prefix="framechain-latency-") as name:
        film = Path(name, "camera.y4m")
        write_camera(film, make_scenes())
        for transport in ["webrtc", "jpeg"] if options.transport == "both" else [options.transport]:
            driver = start_chromium(Path(name), film)
            try:
                with ServedPage(*options.arguments) as server:
                    measure(driver, server, transport, options.seconds, options.warm_up)
            finally:
                driver.quit()


if __name__ == "__main__":
    main()
