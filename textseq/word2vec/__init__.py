"""Word vectors: train them by Word2Vec or FastText through gensim, read, write and look them up.

config.py           gensim's hyper-parameters, each declared once
training.py         sentences, or documents of ids, to vectors
epochs.py           gensim's model, trained epoch by epoch, and the progress of that
token_file.py       documents of ids as the temporary files that gensim trains on
checkpoint.py       the state after an epoch, on disk
warm_start.py       starting from vectors
formats.py          vectors on disk, in the formats of text_format.py, binary_format.py and
                    fasttext_format.py; vector_file.py is what their readers share
fasttext_vectors.py vectors of fastText's own files, read where they are asked for, and built of
                    n-grams by the loops of fasttext_loops.py
lookup.py           neighbours, similarity, analogies
benchmarks.py       how many analogies are solved, agreement with people on similarity
matrix.py           vectors by a tokenizer's ids, and coverage
maps.py             a map of words

Nothing here unpickles: gensim's own `load` functions do, and are never called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.word2vec.benchmarks import Analogies as Analogies
    from textseq.word2vec.benchmarks import Section as Section
    from textseq.word2vec.benchmarks import Similarity as Similarity
    from textseq.word2vec.benchmarks import benchmark_file as benchmark_file
    from textseq.word2vec.benchmarks import evaluate as evaluate
    from textseq.word2vec.benchmarks import evaluate_analogies as evaluate_analogies
    from textseq.word2vec.benchmarks import holds_analogies as holds_analogies
    from textseq.word2vec.benchmarks import word_pairs as word_pairs
    from textseq.word2vec.config import Word2VecConfig as Word2VecConfig
    from textseq.word2vec.epochs import Progress as Progress
    from textseq.word2vec.fasttext_vectors import FastTextVectors as FastTextVectors
    from textseq.word2vec.formats import format_of as format_of
    from textseq.word2vec.formats import is_writable as is_writable
    from textseq.word2vec.formats import load as load
    from textseq.word2vec.formats import save as save
    from textseq.word2vec.lookup import WRITTEN_SPACE as WRITTEN_SPACE
    from textseq.word2vec.lookup import analogy as analogy
    from textseq.word2vec.lookup import neighbours as neighbours
    from textseq.word2vec.lookup import neighbours_of_all as neighbours_of_all
    from textseq.word2vec.lookup import similarity as similarity
    from textseq.word2vec.maps import WordMap as WordMap
    from textseq.word2vec.maps import draw_map as draw_map
    from textseq.word2vec.maps import word_map as word_map
    from textseq.word2vec.matrix import CorpusCoverage as CorpusCoverage
    from textseq.word2vec.matrix import Coverage as Coverage
    from textseq.word2vec.matrix import corpus_coverage as corpus_coverage
    from textseq.word2vec.matrix import embedding_matrix as embedding_matrix
    from textseq.word2vec.training import train as train
    from textseq.word2vec.training import train_on_ids as train_on_ids

_NAMES = {
    "benchmarks": "Analogies Section Similarity benchmark_file evaluate evaluate_analogies "
    "holds_analogies word_pairs",
    "config": "Word2VecConfig",
    "epochs": "Progress",
    "fasttext_vectors": "FastTextVectors",
    "formats": "format_of is_writable load save",
    "lookup": "WRITTEN_SPACE analogy neighbours neighbours_of_all similarity",
    "matrix": "CorpusCoverage Coverage corpus_coverage embedding_matrix",
    "training": "train train_on_ids",
    "maps": "WordMap draw_map word_map",
}

__getattr__, __dir__, __all__ = lazy_exports(
    __name__, {name: f"{__name__}.{home}" for home in _NAMES for name in _NAMES[home].split()}
)
