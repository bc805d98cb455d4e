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
    lookup.py       neighbours, similarity, analogies of words
    pairs.py        agreement with people's judgements
    analogies.py    how many analogies are solved
    coverage.py     how much of a corpus has a vector
    matrix.py       rows for an embedding layer
    word_map.py     a map of the most frequent words

Nothing here unpickles: gensim's own `KeyedVectors.load` does, and is never called.
"""

from textseq.word2vec.analogies import Analogies, Section, evaluate_analogies
from textseq.word2vec.benchmarks import holds_analogies, judgement_file
from textseq.word2vec.coverage import CorpusCoverage, Coverage, corpus_coverage
from textseq.word2vec.formats import format_of, is_writable, load, save
from textseq.word2vec.lookup import analogy, neighbours, neighbours_of_all, similarity
from textseq.word2vec.matrix import embedding_matrix
from textseq.word2vec.oov import with_words
from textseq.word2vec.progress import Progress
from textseq.word2vec.settings import Settings
from textseq.word2vec.training import train, train_on_ids
from textseq.word2vec.vocabulary import WRITTEN_SPACE
from textseq.word2vec.word_map import WordMap, draw_map, word_map
from textseq.word2vec.word_similarity import Similarity, evaluate, word_pairs

__all__ = [
    "WRITTEN_SPACE",
    "Analogies",
    "CorpusCoverage",
    "Coverage",
    "Progress",
    "Section",
    "Settings",
    "Similarity",
    "WordMap",
    "analogy",
    "corpus_coverage",
    "draw_map",
    "embedding_matrix",
    "evaluate",
    "evaluate_analogies",
    "format_of",
    "holds_analogies",
    "is_writable",
    "judgement_file",
    "load",
    "neighbours",
    "neighbours_of_all",
    "save",
    "similarity",
    "train",
    "train_on_ids",
    "with_words",
    "word_map",
    "word_pairs",
]
