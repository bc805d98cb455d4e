"""Presets: what decides the settings of a classifier that are left open.

A preset depends on how much text there is to learn from. A few thousand texts can teach vectors of
words; from ten thousand on they teach vectors of n-grams too, and then a smaller state, more
dropout and fewer epochs are better. All values were chosen on validation texts; the documentation
has the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FEW_TEXTS, MANY_TEXTS = 1_000, 10_000
"""Numbers of training texts at which a preset changes."""

SYLLABLE_NGRAMS, LINEAR_SYLLABLE_NGRAMS = 4, 5
"""The longest n-gram of syllables, of an embedding and of a linear model, which overfits less: most
words of Hangul are no longer."""


@dataclass(frozen=True)
class Preset:
    """Values for the settings left open, by the number of training texts.

    Args:
        about: What it is, in a few words.
        settings: At any number of texts.
        many: From `MANY_TEXTS` on, in place of those.
    """

    about: str
    settings: Mapping[str, Any]
    many: Mapping[str, Any]


_NETWORK = {
    "embedding": "learned",
    "dimension": 200,
    "units": 128,
    "vector_dropout": 0.2,
    "word_dropout": 0.0,
    "epochs": 10,
}
_NGRAM_NETWORK = {
    "embedding": "ngrams",
    "dimension": 64,
    "units": 64,
    "vector_dropout": 0.3,
    "word_dropout": 0.1,
    "epochs": 4,
}
_GOOD = {"pooling": "max", "bidirectional": True}
_NO_LINEAR = {"linear": 0, "char_ngrams": 0}
_LINEAR, _LINEAR_MANY = {"linear": 2, "char_ngrams": 5}, {"linear": 3, "char_ngrams": 0}

PRESETS: dict[str, Preset] = {
    "textbook": Preset(
        "one network in one direction, of the last state, and nothing else",
        {**_NETWORK, "pooling": "last", "bidirectional": False, "networks": 1, **_NO_LINEAR},
        {},
    ),
    "fast": Preset(
        "one network in two directions and a linear model",
        {**_NETWORK, **_GOOD, "networks": 1, **_LINEAR},
        {**_NGRAM_NETWORK, **_LINEAR_MANY},
    ),
    "accurate": Preset(
        "as fast, but three networks below 10,000 texts",
        {**_NETWORK, **_GOOD, "networks": 3, **_LINEAR},
        {**_NGRAM_NETWORK, "networks": 1, **_LINEAR_MANY},
    ),
}


def preset_settings(
    preset: str, documents: int, *, tokens: int, syllables: bool, multilabel: bool = False
) -> dict[str, Any]:
    """Return the value of each setting that a preset decides.

    Args:
        preset: Its name.
        documents: Number of training texts.
        tokens: Number of their tokens.
        syllables: Whether tokens are syllables.
        multilabel: Whether a text may have several labels.
    """
    from textseq.network.ngrams import BUCKETS, NGRAMS

    chosen = PRESETS[preset]
    many = chosen.many if documents >= MANY_TEXTS else {}
    if multilabel:  # only the longest n-gram changes: of many texts, few have a rare label
        many = {name: many[name] for name in ("linear",) if name in many}
    settings = {**chosen.settings, **many}
    few = documents < FEW_TEXTS
    settings |= {
        "ngrams": SYLLABLE_NGRAMS if syllables else NGRAMS,
        "buckets": min(BUCKETS, 1 << max(1, tokens).bit_length()),
        "batch_size": 16 if few else 32,  # few texts need the steps
        "validation_fraction": validation_fraction(documents),
        "metric": "macro-f1" if multilabel else "accuracy",
    }
    if syllables and settings["linear"]:
        settings |= {"linear": LINEAR_SYLLABLE_NGRAMS, "char_ngrams": 0}
    return settings


def validation_fraction(documents: int) -> float:
    """Return the fraction of the texts to validate on: of few, a tenth cannot rank two epochs."""
    return 0.1 if documents >= FEW_TEXTS else 0.0


def preset_table() -> str:
    """Return all presets as a table in Markdown, which reads well in a terminal too."""
    names = {name: None for preset in PRESETS.values() for name in preset.settings}
    rows = [["setting", *PRESETS]]
    for name in names:
        cells = []
        for preset in PRESETS.values():
            value, many = preset.settings[name], preset.many.get(name)
            cells.append(str(value) if many in (None, value) else f"{value}; {many}")
        rows.append([name, *cells])
    rows.append(["batch_size", *["32; few: 16"] * len(PRESETS)])
    rows.append(["validation_fraction", *["0.1; few: 0"] * len(PRESETS)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
