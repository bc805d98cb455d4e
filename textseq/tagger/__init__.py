"""Words to tags: a recurrent network that labels each token of a sentence.

    tokens -> rows of words, affixes and shapes -> sums -> cell, in two directions -> tag of each

sequence_tagger.py  `SequenceTagger`, by scikit-learn's conventions
config.py           its settings
features.py         the rows that a word sums, so that a word never seen has a vector
training.py         the training of its networks
predictor.py        `TagPredictor`, what was trained: it predicts without scikit-learn
spans.py            the spans that IOB2 tags mark, and their F1
explain.py          the states of a sentence, and the gradient of one token's tag
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.tagger.config import TaggerConfig as TaggerConfig
    from textseq.tagger.predictor import TagPredictor as TagPredictor
    from textseq.tagger.sequence_tagger import SequenceTagger as SequenceTagger
    from textseq.tagger.spans import find_spans as find_spans
    from textseq.tagger.spans import score_spans as score_spans
    from textseq.tagger.spans import to_iob2 as to_iob2

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "SequenceTagger": "textseq.tagger.sequence_tagger",
        "TagPredictor": "textseq.tagger.predictor",
        "TaggerConfig": "textseq.tagger.config",
        "score_spans": "textseq.tagger.spans",
        "find_spans": "textseq.tagger.spans",
        "to_iob2": "textseq.tagger.spans",
    },
)
