"""Makes known mistakes in a copy of the package, one at a time, and runs the test that must fail on each.

    python tests/support/mutants.py [WORD ...]      all mutants, or those whose name contains one of the words

Each mutant is one line of a module that a test once did not notice. The script prints one row per mutant and the score;
its exit code is 1 if a test passes on a mutant.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.mutant_list import MUTANTS as OTHER_MUTANTS
from support.mutant_list import Mutant
from support.mutant_list_batch import BATCH_MUTANTS
from support.mutant_list_doctor import DOCTOR_MUTANTS
from support.mutant_list_effects import EFFECT_MUTANTS
from support.mutant_list_jobs import JOB_MUTANTS
from support.mutant_list_notebook import NOTEBOOK_MUTANTS
from support.mutant_list_page import PAGE_MUTANTS

MUTANTS = (
    *OTHER_MUTANTS,
    *BATCH_MUTANTS,
    *DOCTOR_MUTANTS,
    *EFFECT_MUTANTS,
    *JOB_MUTANTS,
    *NOTEBOOK_MUTANTS,
    *PAGE_MUTANTS,
)
REPOSITORY = Path(__file__).resolve().parents[2]
_SECONDS = 200


def run(mutant: Mutant, checkout: Path) -> str:
    """Run a mutant's tests on it, in a copy of the checkout that is put back afterwards.

    Returns:
        "killed" if a test fails, "survived" if all pass, else what is wrong with the mutant.
    """
    module = checkout / "framechain" / mutant.path
    text = module.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        return f"the text occurs {text.count(mutant.old)} times"
    module.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    path, *choice = shlex.split(mutant.tests)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-m", "", "-p", "no:cacheprovider", f"tests/{path}"]
    try:
        done = subprocess.run(
            [*command, *choice], cwd=checkout, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "killed (the test hangs)"
    finally:
        module.write_text(text, encoding="utf-8")
    verdicts = {0: "SURVIVED", 1: "killed", 5: "there is no such test"}
    return verdicts.get(done.returncode, f"pytest ended with {done.returncode}: {done.stdout.strip()[-200:]}")


def main(words: list[str]) -> int:
    """Run the mutants and print a table."""
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.name for word in words)]
    killed = 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder, "framechain")
        ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "*_out.*")
        shutil.copytree(REPOSITORY, checkout, ignore=ignored)
        if (shared := REPOSITORY.parent / "shared").is_dir():
            Path(folder, "shared").symlink_to(shared.resolve())
        for mutant in chosen:
            began = time.monotonic()
            verdict = run(mutant, checkout)
            killed += verdict.startswith("killed")
            seconds = time.monotonic() - began
            print(f"{verdict:9} | {seconds:4.0f} s | {mutant.name} | {mutant.path} | {mutant.tests}", flush=True)
    print(f"{killed} of {len(chosen)} killed ({killed / max(1, len(chosen)):.0%})")
    return int(killed < len(chosen))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
