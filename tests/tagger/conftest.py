from __future__ import annotations

import pytest

from textseq.tagger import SequenceTagger

X = [["the", "cat", "sleeps"], ["a", "dog", "barks"], ["the", "dogs", "bark", "loudly"]] * 6
Y = [["DET", "NOUN", "VERB"], ["DET", "NOUN", "VERB"], ["DET", "NOUN", "VERB", "ADV"]] * 6


@pytest.fixture(scope="session")
def sentences():
    """Return the tokens and the tags of 18 sentences."""
    return X, Y


@pytest.fixture(scope="session")
def small():
    """Return the settings of a network that is trained in no time."""
    return {
        "units": 6,
        "dimension": 5,
        "epochs": 8,
        "buckets": 512,
        "learning_rate": 0.02,
        "validation_fraction": 0.0,
    }


@pytest.fixture(scope="session")
def tagger(small):
    """Return a trained tagger of two networks."""
    return SequenceTagger(**small, networks=2).fit(X, Y)


@pytest.fixture(scope="session")
def folder(tagger, tmp_path_factory):
    """Return a folder of this tagger."""
    path = tmp_path_factory.mktemp("tagger") / "model"
    tagger.save(path)
    return path
