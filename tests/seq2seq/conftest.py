"""A small model, trained once."""

from __future__ import annotations

import pytest

from textseq.seq2seq import Seq2SeqConfig
from textseq.seq2seq.fit import train_translator

SOURCES = ["ein hund rennt", "eine katze rennt", "ein hund schläft", "eine katze schläft"] * 6
TARGETS = ["a dog runs", "a cat runs", "a dog sleeps", "a cat sleeps"] * 6
SETTINGS = {
    "units": 16, "dimension": 16, "epochs": 30, "learning_rate": 0.02, "batch_size": 8,
    "dropout": 0.0, "vector_dropout": 0.0,
}  # fmt: skip


@pytest.fixture(scope="session")
def trained():
    """A model of two networks, with attention."""
    return train_translator(SOURCES, TARGETS, Seq2SeqConfig(**SETTINGS, networks=2))
