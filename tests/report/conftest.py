"""Labels and probabilities as a classifier gives them, and what every page must be."""

from __future__ import annotations

import re

import numpy as np
import pytest

CLASSES = ["bad", "good", "so-so"]


def _sample(documents=200, seed=0):
    random = np.random.default_rng(seed)
    labels = random.choice(CLASSES, documents, p=[0.5, 0.4, 0.1])
    probabilities = random.dirichlet(np.ones(3), documents)
    return labels, probabilities


@pytest.fixture(scope="session")
def sample():
    """Return a function that returns true labels and probabilities of the classes `CLASSES`."""
    return _sample


@pytest.fixture
def check_page():
    """Return a function that reads a page, makes sure that it stands alone, and returns it."""

    def check(path):
        html = path.read_text(encoding="utf-8")
        assert "<script" not in html
        assert "prefers-color-scheme: dark" in html
        for loading in (r"src\s*=\s*[\"']?(?!data:)", r"url\((?!#)", "@import", "<link", "<iframe"):
            assert not re.search(loading, html), loading
        # Links inside the page, such as those of a plot to its own markers.
        assert all(link.startswith(("#", "data:")) for link in re.findall(r'href="([^"]*)"', html))
        # Every colour of a plot is one of the style sheet's, which has light ones and dark ones.
        for svg in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL):
            assert not re.findall(r"(?:fill|stroke): ?#(?!000000)\w+", svg)
        return html

    return check
