"""The seed of the tests that choose moments and sizes at random; printed at the end of every run of the tests."""

from __future__ import annotations

import os
import random

VARIABLE = "FRAMECHAIN_TEST_SEED"
SEED = int(os.environ.get(VARIABLE, "0"))


def make_random(*case: object) -> random.Random:
    """Return the random numbers of one case of a test: the same for one seed, others for each case.

    Args:
        case: What distinguishes the case, such as its parameters.
    """
    return random.Random(f"{SEED} {' '.join(map(str, case))}")
