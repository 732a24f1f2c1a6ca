"""Damaged files of thirteen formats through the engine: what becomes of each, and what of the process.

    python benchmarks/fuzz.py                            # 1,000 files, two at a time
    python benchmarks/fuzz.py --seed 7 --count 100       # others, and the same ones on every machine
    python benchmarks/fuzz.py --keep faults              # the files that ended as none may, to look at

Small media are made from samples/ and damaged: flipped bits, a missing end, the header of another file, runs of
zeros, exchanged packets. Each goes through an `Engine` with one cheap object in a child process, which is replaced
when it dies. A file may end as processed (the output holds all frames that were counted), shortened (and a warning
says so) or refused (one sentence). Anything else is a fault: another exception, a hang, a crash, too much memory, a
warning or error of several lines, a missing end that nobody told of, something left in the folder. The exit code is
1 if there is a fault.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Try this checkout, whatever is installed.

import cv2  # noqa: E402
import damage  # noqa: E402

from framechain import Engine, FramechainError  # noqa: E402
from framechain.pixels.pyav import av  # noqa: E402

ENDS = ("processed", "shortened", "refused")
FAULTS = ("exception", "hang", "crash", "memory", "untold", "leftover")
MOST_MEMORY_KB = 1_000_000
# A machine that is busy with other things is no fault of the file's.
SECONDS_PER_FILE = 20.0


# In the child


def worker() -> None:
    """Process the files named on stdin, one per line; answer each with a line of JSON."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Whatever a library prints must not be taken for an answer.
    warnings.simplefilter("ignore")
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        _forget_peak()
        outcome, detail, frames = _process(Path(line.rstrip("\n")))
        peak = _peak_kb()
        if peak > MOST_MEMORY_KB:
            outcome, detail = "memory", f"{peak / 1000:.0f} MB, {outcome}: {detail}"
        print(
            json.dumps({"outcome": outcome, "detail": detail, "frames": frames, "peak": peak}), file=answers, flush=True
        )


def _process(path: Path) -> tuple[str, str, int]:
    frames, still = 0, damage.frames_of(path.suffix) == 1
    output = path.with_name(f"out{'.png' if still else '.mp4'}")
    arguments: dict[str, Any] = {"image_path" if still else "video_path": path}
    try:
        result = Engine(**arguments, output_path=output, custom_objects=[_negative], progress=False).run()
        frames = _frames_of(output, still)
        if frames != result.frames_written:
            return "untold", f"{result.frames_written} frames told, {frames} in the output", frames
        told = " ".join(result.warnings)
        ending = "shortened" if told else "processed"
    except FramechainError as error:
        told, ending = str(error), "refused"
    except BaseException:
        return "exception", traceback.format_exc(), frames
    finally:
        output.unlink(missing_ok=True)
    if left := [entry for entry in os.listdir(path.parent) if entry != path.name]:
        return "leftover", str(left), frames
    if "\n" in told or (ending == "refused" and not told):
        return "untold", told, frames
    return ending, told, frames


def _negative(frame: Any) -> Any:
    return 255 - frame


def _frames_of(output: Path, still: bool) -> int:
    if still:
        return int(cv2.imread(str(output)) is not None)
    with av.open(str(output)) as container:
        return sum(1 for _ in container.decode(video=0))


def _forget_peak() -> None:
    # Linux alone can begin anew; elsewhere the peak is that of all files so far, which only grows.
    if os.path.exists("/proc/self/clear_refs"):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_kb() -> int:
    if os.path.exists("/proc/self/status"):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
    try:
        import resource
    except ImportError:  # Windows: nobody knows.
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


# In the parent


class Child:
    """A process that takes files until it dies or is killed."""

    def __init__(self, folder: Path) -> None:
        """Start it.

        Args:
            folder: Where what it says on stderr is kept.
        """
        self._noise = (folder / "stderr.txt").open("w+")
        command = [sys.executable, str(Path(__file__).resolve()), "--worker"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._noise, text=True
        )
        self._answer(60)

    def process(self, path: Path) -> dict[str, Any]:
        """What becomes of a file; the child is gone afterwards if it hung or crashed."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        line = self._answer(SECONDS_PER_FILE)
        if line is None:
            self.close()
            return {"outcome": "hang", "detail": f"nothing after {SECONDS_PER_FILE:g} s", "peak": 0}
        if not line:
            code = self._process.wait()
            return {"outcome": "crash", "detail": f"exit code {code}: {self._last_noise()}", "peak": 0}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _answer(self, seconds: float) -> str | None:
        """A line; "" if the child is gone, None if it took too long."""
        assert self._process.stdout is not None
        # One line per question: nothing is ever left in the buffer that `select` cannot see.
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        return self._process.stdout.readline() if ready else None

    def _last_noise(self) -> str:
        self._noise.seek(0)
        return self._noise.read()[-500:]

    @property
    def alive(self) -> bool:
        """Whether it can take another file."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.communicate()
        self._noise.close()


def take_turns(
    seeds: damage.Seeds, numbers: list[int], folder: Path, keep: Path | None, results: list[dict[str, Any]]
) -> None:
    """Damage and try some files one after the other; several threads share the numbers left."""
    folder.mkdir()
    child: Child | None = None
    try:
        while True:
            try:
                number = numbers.pop()
            except IndexError:
                return
            suffix, data, how = damage.damaged(seeds, number)
            place = folder / "files"
            place.mkdir(exist_ok=True)
            path = place / f"damaged{suffix}"
            path.write_bytes(data)
            if child is None or not child.alive:
                child = Child(folder)
            began = time.monotonic()
            answer = child.process(path)
            answer |= {"suffix": suffix, "number": number, "how": how, "seconds": time.monotonic() - began}
            if how == "cut_short" and answer["outcome"] == "processed" and answer["frames"] < damage.frames_of(suffix):
                answer |= {"outcome": "untold", "detail": f"its end was cut off, {answer['frames']} frames were left"}
            results.append(answer)
            if answer["outcome"] in FAULTS and keep:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{answer['outcome']}-{number}{suffix}").write_bytes(data)
            for entry in place.iterdir():
                entry.unlink()
    finally:
        if child is not None:
            child.close()


def main() -> int:
    """Damage, try, and print the table; 1 if a file ended as none may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0, help="which files: others for every number (default: 0)")
    parser.add_argument("--count", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--jobs", type=int, default=2, help="children at a time (default: 2)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where to put the files that ended as none may")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker()
        return 0
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="framechain-fuzz-") as made:
        seeds = damage.make_seeds(Path(made))
        numbers = [random.Random(f"{options.seed}/{index}").getrandbits(48) for index in range(options.count)]
        threads = [
            threading.Thread(target=take_turns, args=(seeds, numbers, Path(made) / f"job{job}", options.keep, results))
            for job in range(options.jobs)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return report(results, options.count)


def report(results: list[dict[str, Any]], count: int) -> int:
    """Print what became of the files, by format, and every fault."""
    columns = [*ENDS, *FAULTS]
    print(f"| format | {' | '.join(columns)} | most MB | longest s |")
    print("|" + " --- |" * (len(columns) + 3))
    for suffix in [*sorted({result["suffix"] for result in results}), "all"]:
        of_it = [result for result in results if suffix in ("all", result["suffix"])]
        found = Counter(result["outcome"] for result in of_it)
        most = max((result["peak"] for result in of_it), default=0) / 1000
        longest = max((result["seconds"] for result in of_it), default=0)
        cells = [str(found[column]) for column in columns]
        print(f"| {suffix.removeprefix('.')} | {' | '.join(cells)} | {most:.0f} | {longest:.1f} |")
    faults = [result for result in results if result["outcome"] in FAULTS]
    for fault in faults:
        print(f"\n{fault['outcome']} {fault['number']}{fault['suffix']} ({fault['how']}):\n{fault['detail']}")
    if len(results) != count:
        print(f"\nonly {len(results)} of {count} files were tried")
    return int(bool(faults) or len(results) != count)


if __name__ == "__main__":
    sys.exit(main())
