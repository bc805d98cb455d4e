"""Word2Vec through gensim: train word vectors, read and write them, look into them.

    settings.py     gensim's hyper-parameters
    token_files.py  documents of ids -> files that gensim reads fast
    model.py        gensim's model, and its loops over one file
    epochs.py       all files, on several threads, again and again
    progress.py     how far that is
    checkpoint.py   the state after an epoch, on disk
    initial.py      going on from vectors
    training.py     all of that: sentences -> vectors
    subwords.py     vectors for words never seen
    formats.py      vectors <-> word2vec's text and binary formats, and GloVe's in
    lookup.py       neighbours, agreement with people's judgements, rows for an embedding layer

Nothing here unpickles: gensim's own `KeyedVectors.load` does, and is never called.
"""

from textseq.word2vec.formats import format_of, load, save
from textseq.word2vec.lookup import (
    Coverage,
    Similarity,
    embedding_matrix,
    evaluate,
    neighbours,
)
from textseq.word2vec.progress import Progress
from textseq.word2vec.settings import Settings
from textseq.word2vec.subwords import with_words
from textseq.word2vec.training import train, train_on_ids

__all__ = [
    "Coverage",
    "Progress",
    "Settings",
    "Similarity",
    "embedding_matrix",
    "evaluate",
    "format_of",
    "load",
    "neighbours",
    "save",
    "train",
    "train_on_ids",
    "with_words",
]
