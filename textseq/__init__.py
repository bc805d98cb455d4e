"""textseq: text into numbers and numbers into labels, one visible stage at a time.

Public names load on first use (PEP 562), so that `import textseq` itself costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.corpus import Corpus as Corpus
    from textseq.corpus import embedded_corpus as embedded_corpus
    from textseq.corpus import read_corpus as read_corpus
    from textseq.errors import TextseqError as TextseqError
    from textseq.sequences import RESERVED_INDEX as RESERVED_INDEX
    from textseq.sequences import Sequences as Sequences
    from textseq.sequences import one_hot as one_hot
    from textseq.sequences import pad_sequences as pad_sequences
    from textseq.sequences import to_categorical as to_categorical
    from textseq.tokenizer import Tokenizer as Tokenizer
    from textseq.tokenizer import hashing_trick as hashing_trick
    from textseq.tokenizer import text_to_word_sequence as text_to_word_sequence
    from textseq.tokenizer import tokenizer_from_json as tokenizer_from_json

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Corpus": "textseq.corpus",
        "RESERVED_INDEX": "textseq.sequences",
        "Sequences": "textseq.sequences",
        "TextseqError": "textseq.errors",
        "Tokenizer": "textseq.tokenizer",
        "embedded_corpus": "textseq.corpus",
        "hashing_trick": "textseq.tokenizer",
        "one_hot": "textseq.sequences",
        "pad_sequences": "textseq.sequences",
        "read_corpus": "textseq.corpus",
        "text_to_word_sequence": "textseq.tokenizer",
        "to_categorical": "textseq.sequences",
        "tokenizer_from_json": "textseq.tokenizer",
    },
)
__all__.append("__version__")
