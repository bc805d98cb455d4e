"""From one text to another: translation, answers, dates in another form, sums.

config.py                the settings, and the presets
examples.py              data made by rules, for demonstrations
fit.py                   pairs of texts to a trained `Translator`
search.py                greedy and beam search
translator.py            a trained model, which loads without scikit-learn and TensorFlow
sequence_to_sequence.py  the estimator by scikit-learn's conventions
metrics.py               BLEU, chrF, exact matches; and the simplest answers to beat

The network is `network/encoder_decoder.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.seq2seq.config import Seq2SeqConfig as Seq2SeqConfig
    from textseq.seq2seq.sequence_to_sequence import SequenceToSequence as SequenceToSequence
    from textseq.seq2seq.translator import Translator as Translator

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Seq2SeqConfig": "textseq.seq2seq.config",
        "SequenceToSequence": "textseq.seq2seq.sequence_to_sequence",
        "Translator": "textseq.seq2seq.translator",
    },
)
