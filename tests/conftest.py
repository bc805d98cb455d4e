"""How the property tests run, and where the real texts are."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

settings.register_profile(
    "textseq",
    max_examples=int(os.environ.get("TEXTSEQ_EXAMPLES", "50")),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("textseq")


def pytest_configure():
    """Let Ctrl-C be tested where a shell started the tests in its background, and so ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data() -> Callable[..., Path]:
    """Return a function from the parts of a path to a real file; the test skips without it."""
    folder = Path(__file__).parents[2] / "shared" / "data"

    def find(*parts: str) -> Path:
        path = Path(os.environ.get("TEXTSEQ_DATA", folder)).joinpath(*parts)
        if not path.exists():
            pytest.skip(f"the real data {'/'.join(parts)} is not here; name it in TEXTSEQ_DATA")
        return path

    return find
