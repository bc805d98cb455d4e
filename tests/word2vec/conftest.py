"""Sentences in which words of a kind keep company."""

from __future__ import annotations

import numpy as np
import pytest

FRUIT, TOOLS = ["apple", "pear", "plum", "fig"], ["saw", "drill", "plane", "chisel"]
ABOUT = {"eat": FRUIT, "ripe": FRUIT, "hold": TOOLS, "sharp": TOOLS}


@pytest.fixture(scope="session")
def sentences():
    random = np.random.default_rng(0)
    verbs = random.choice(list(ABOUT), 600).tolist()
    return [[verb, *random.choice(ABOUT[verb], 3).tolist()] for verb in verbs]
