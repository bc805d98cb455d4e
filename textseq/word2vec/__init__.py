"""Word2Vec through gensim: train word vectors, read and write them, look into them.

    training.py  sentences -> vectors
    formats.py   vectors <-> word2vec's text and binary formats, and GloVe's in
    lookup.py    neighbours, agreement with people's judgements, rows for an embedding layer

Nothing here unpickles: gensim's own `KeyedVectors.load` does, and is never called.
"""

from textseq.word2vec.coverage import Coverage, CorpusCoverage, corpus_coverage
from textseq.word2vec.formats import format_of, load, save
from textseq.word2vec.lookup import (
    Similarity,
    evaluate,
    neighbours,
)
from textseq.word2vec.matrix import embedding_matrix
from textseq.word2vec.training import train

__all__ = [
    "Coverage",
    "Similarity",
    "embedding_matrix",
    "evaluate",
    "format_of",
    "load",
    "neighbours",
    "save",
    "train",
]
