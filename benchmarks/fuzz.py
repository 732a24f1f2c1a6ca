"""Damaged files of thirteen formats through the engine: the outcome of each, and its memory and time.

    python benchmarks/fuzz.py                            # 1,000 files, two at a time
    python benchmarks/fuzz.py --seed 7 --count 100       # other files, the same on every machine
    python benchmarks/fuzz.py --keep faults              # keep the files with faults

Small media are made from samples/ and damaged: flipped bits, a missing end, the header of another file, runs of
zeros, exchanged packets, huge numbers. Each goes through an `Engine` with one cheap object in a child process, which
is replaced when it dies. The allowed outcomes are: processed (the output holds all frames that were counted),
shortened (with a warning) and refused (with one sentence). All else is a fault: another exception, a hang, a crash, too
much memory, an unreported loss or a message of several lines, a file left in the folder. The exit code is 1 if there is
a fault.
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
sys.path.insert(0, str(ROOT))  # Test this checkout, whatever is installed.

import cv2  # noqa: E402
import damage  # noqa: E402

from framechain import Engine, FramechainError  # noqa: E402
from framechain.pixels.pyav import av  # noqa: E402

ENDS = ("processed", "shortened", "refused")
FAULTS = ("exception", "hang", "crash", "memory", "unreported", "leftover")
MOST_MEMORY_KB = 1_000_000
# Long, so that a busy machine is not taken for a hang.
SECONDS_PER_FILE = 20.0


# In the child


def serve_files() -> None:
    """Process the files named on stdin, one per line, and answer each with a line of JSON."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # The output of libraries must not be taken for an answer.
    warnings.simplefilter("ignore")
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        _reset_peak()
        outcome, detail, frames = _process(Path(line.rstrip("\n")))
        peak = _read_peak_kb()
        if peak > MOST_MEMORY_KB:
            outcome, detail = "memory", f"{peak / 1000:.0f} MB, {outcome}: {detail}"
        print(
            json.dumps({"outcome": outcome, "detail": detail, "frames": frames, "peak": peak}), file=answers, flush=True
        )


def _process(path: Path) -> tuple[str, str, int]:
    frames, still = 0, damage.count_frames(path.suffix) == 1
    output = path.with_name(f"out{'.png' if still else '.mp4'}")
    arguments: dict[str, Any] = {"image_path" if still else "video_path": path}
    try:
        result = Engine(**arguments, output_path=output, custom_objects=[_invert], progress=False).run()
        frames = _count_output_frames(output, still)
        if frames != result.frames_written:
            return "unreported", f"{result.frames_written} frames reported, {frames} in the output", frames
        message = " ".join(result.warnings)
        ending = "shortened" if message else "processed"
    except FramechainError as error:
        message, ending = str(error), "refused"
    except BaseException:
        return "exception", traceback.format_exc(), frames
    finally:
        output.unlink(missing_ok=True)
    if left := [entry for entry in os.listdir(path.parent) if entry != path.name]:
        return "leftover", str(left), frames
    if "\n" in message or (ending == "refused" and not message):
        return "unreported", message, frames
    return ending, message, frames


def _invert(frame: Any) -> Any:
    return 255 - frame


def _count_output_frames(output: Path, still: bool) -> int:
    if still:
        return int(cv2.imread(str(output)) is not None)
    with av.open(str(output)) as container:
        return sum(1 for _ in container.decode(video=0))


def _reset_peak() -> None:
    # Only Linux can reset the peak; elsewhere it is that of all files so far.
    if os.path.exists("/proc/self/clear_refs"):
        Path("/proc/self/clear_refs").write_text("5")


def _read_peak_kb() -> int:
    if os.path.exists("/proc/self/status"):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
    try:
        import resource
    except ImportError:  # Windows does not report it.
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


# In the parent


class Child:
    """A process that takes files until it dies or is killed."""

    def __init__(self, folder: Path) -> None:
        """Start the process.

        Args:
            folder: The folder for its stderr.
        """
        self._messages = (folder / "stderr.txt").open("w+")
        command = [sys.executable, str(Path(__file__).resolve()), "--worker"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._messages, text=True
        )
        self._read_answer(60)

    def process(self, path: Path) -> dict[str, Any]:
        """Return the outcome of a file. The child has ended afterwards if it hung or crashed."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        line = self._read_answer(SECONDS_PER_FILE)
        if line is None:
            self.close()
            return {"outcome": "hang", "detail": f"nothing after {SECONDS_PER_FILE:g} s", "peak": 0}
        if not line:
            code = self._process.wait()
            return {"outcome": "crash", "detail": f"exit code {code}: {self._read_last_messages()}", "peak": 0}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _read_answer(self, seconds: float) -> str | None:
        """Return a line; "" if the child has ended, None after the time limit."""
        assert self._process.stdout is not None
        # There is one line per question, so the buffer, which `select` cannot see, is empty.
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        return self._process.stdout.readline() if ready else None

    def _read_last_messages(self) -> str:
        self._messages.seek(0)
        return self._messages.read()[-500:]

    @property
    def alive(self) -> bool:
        """Whether it can take another file."""
        return self._process.poll() is None

    def close(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.communicate()
        self._messages.close()


def process_files(
    seeds: damage.Seeds, numbers: list[int], folder: Path, keep: Path | None, results: list[dict[str, Any]]
) -> None:
    """Damage and process files one after the other; several threads share the remaining numbers."""
    folder.mkdir()
    child: Child | None = None
    try:
        while True:
            try:
                number = numbers.pop()
            except IndexError:
                return
            suffix, data, how = damage.make_damaged(seeds, number)
            place = folder / "files"
            place.mkdir(exist_ok=True)
            path = place / f"damaged{suffix}"
            path.write_bytes(data)
            if child is None or not child.alive:
                child = Child(folder)
            began = time.monotonic()
            answer = child.process(path)
            answer |= {"suffix": suffix, "number": number, "how": how, "seconds": time.monotonic() - began}
            if (
                how == "cut_short"
                and answer["outcome"] == "processed"
                and answer["frames"] < damage.count_frames(suffix)
            ):
                answer |= {"outcome": "unreported", "detail": f"the end is missing, {answer['frames']} frames are left"}
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
    """Print the table; return 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0, help="seed of the damage (default: 0)")
    parser.add_argument("--count", type=int, default=1000, help="number of files (default: 1000)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="folder for the files with faults")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        serve_files()
        return 0
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="framechain-fuzz-") as made:
        seeds = damage.make_seeds(Path(made))
        numbers = [random.Random(f"{options.seed}/{index}").getrandbits(48) for index in range(options.count)]
        threads = [
            threading.Thread(
                target=process_files, args=(seeds, numbers, Path(made) / f"job{job}", options.keep, results)
            )
            for job in range(options.jobs)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return report(results, options.count)


def report(results: list[dict[str, Any]], count: int) -> int:
    """Print the outcomes by format, and every fault."""
    columns = [*ENDS, *FAULTS]
    print(f"| format | {' | '.join(columns)} | peak MB | longest s |")
    print("|" + " --- |" * (len(columns) + 3))
    for suffix in [*sorted({result["suffix"] for result in results}), "all"]:
        chosen = [result for result in results if suffix in ("all", result["suffix"])]
        found = Counter(result["outcome"] for result in chosen)
        most = max((result["peak"] for result in chosen), default=0) / 1000
        longest = max((result["seconds"] for result in chosen), default=0)
        cells = [str(found[column]) for column in columns]
        print(f"| {suffix.removeprefix('.')} | {' | '.join(cells)} | {most:.0f} | {longest:.1f} |")
    faults = [result for result in results if result["outcome"] in FAULTS]
    for fault in faults:
        print(f"\n{fault['outcome']} {fault['number']}{fault['suffix']} ({fault['how']}):\n{fault['detail']}")
    if len(results) != count:
        print(f"\nonly {len(results)} of {count} files were processed")
    return int(bool(faults) or len(results) != count)


if __name__ == "__main__":
    sys.exit(main())
