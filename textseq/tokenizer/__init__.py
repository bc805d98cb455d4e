"""Text to ids and back, with Keras's names, ids and JSON.

tokenizer.py      `Tokenizer`, and reading one from JSON
fitted_words.py   what it learns: Keras's five tables of counts and ids
word_counts.py    counts of words, in Python or from the compiled part
text_splitter.py  texts into tokens, or into batches for the kernels
char_rule.py      how characters make tokens, for the kernels
cleaning.py       steps that clean a text before it is split
analyzers.py      ways to split a text into tokens other than Keras's
arguments.py      settings of any type as plain values
words.py          Keras's rule for splitting texts; the hashing trick
keras_json.py     Keras's JSON, written, and read with care
corpus_encoding.py  the ids of a corpus with its labels
bag_of_words.py   documents as rows of word weights
vocabulary_size.py    how many ids a tokenizer has
decode.py         ids back to words
engine/           the compiled part
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.tokenizer.tokenizer import Tokenizer as Tokenizer
    from textseq.tokenizer.tokenizer import tokenizer_from_json as tokenizer_from_json
    from textseq.tokenizer.words import hashing_trick as hashing_trick
    from textseq.tokenizer.words import text_to_word_sequence as text_to_word_sequence

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Tokenizer": "textseq.tokenizer.tokenizer",
        "hashing_trick": "textseq.tokenizer.words",
        "text_to_word_sequence": "textseq.tokenizer.words",
        "tokenizer_from_json": "textseq.tokenizer.tokenizer",
    },
)
