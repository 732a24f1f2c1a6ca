"""The list of mutants fits the code; `python tests/support/mutants.py` runs them."""

from __future__ import annotations

import re
import shlex

import pytest
from support.mutants import MUTANTS, REPOSITORY, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_mutants_each_one_changes_one_place_and_names_a_test(mutant: Mutant) -> None:
    text = (REPOSITORY / "framechain" / mutant.path).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1
    assert mutant.new != mutant.old
    compile(text.replace(mutant.old, mutant.new), mutant.path, "exec")
    path, *choice = shlex.split(mutant.tests)
    names = re.findall(r"^def (test_\w+)", (REPOSITORY / "tests" / path).read_text(encoding="utf-8"), re.MULTILINE)
    wanted = choice[1].split(" or ") if choice else ["test_"]
    assert all(any(word in name for name in names) for word in wanted)
