"""Leaving frequent words out of ids once, as they are written, against at each epoch, by gensim.

    python tests/benchmarks/subsampling.py --samples 1e-3 1e-4 1e-5            # sizes only
    python tests/benchmarks/subsampling.py --seeds 1 2 3 --algorithms cbow skipgram

Reads IMDB (train and val) from $TEXTSEQ_DATA or ../shared/data.

Sizes are those of ids as `textseq tokenize` writes them to Parquet, and of the tokens in them. A
word is kept with word2vec's probability (gensim's `sample`), of the words that occur five times or
more. Quality is Spearman's rank correlation with WordSim-353 after five epochs on two threads with
`train-w2v`'s other defaults: of ids with all words and `--sample T` ("each epoch"), and of ids that
were drawn from once, with `--sample 0` ("once").
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from gensim.test.utils import datapath

from textseq import Sequences, Tokenizer, read_corpus, word2vec
from textseq.sequences.files import save_sequences

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
IMDB = [str(DATA / "imdb" / name) for name in ("train.csv", "val.csv")]
MIN_COUNT = 5


def main():
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=float, nargs="+", default=[1e-3, 1e-4])
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    parser.add_argument("--algorithms", nargs="+", default=["cbow", "skipgram"])
    options = parser.parse_args()
    tokenizer, corpus = Tokenizer(), read_corpus(IMDB)
    tokenizer.fit_on_texts(corpus.text_arrays())
    sequences = tokenizer.encode(corpus.text_arrays())
    show_sizes(sequences, options.samples)
    for algorithm in options.algorithms:
        for sample in options.samples:
            for seed in options.seeds:
                show_quality(algorithm, sample, seed, sequences, tokenizer.index_word)


def show_sizes(sequences, samples):
    """Print the size of the ids with all words, and without those left out at each threshold."""
    whole = size_of(sequences)
    print(f"all words: {len(sequences.ids):,} tokens, {whole / 1e6:.2f} MB")
    for sample in samples:
        some = subsample(sequences, sample, seed=1)
        size = size_of(some)
        print(
            f"sample {sample:g}: {len(some.ids) / len(sequences.ids):.1%} of the tokens, "
            f"{size / 1e6:.2f} MB, {whole / size:.2f} times smaller",
            flush=True,
        )


def show_quality(algorithm, sample, seed, sequences, words):
    """Print rho, and the processor's seconds, of both ways."""
    for name, rate in (("each epoch", sample), ("once", 0)):
        ids = sequences if rate else subsample(sequences, sample, seed)
        config = word2vec.Word2VecConfig(algorithm=algorithm, seed=seed, sample=rate, workers=2)
        started = time.process_time()
        vectors = word2vec.train_on_ids([ids], words, config)
        seconds = time.process_time() - started
        found = word2vec.evaluate(vectors, datapath("wordsim353.tsv"))
        print(
            f"{algorithm}, sample {sample:g}, seed {seed}, {name}: rho {found.spearman:.4f} on "
            f"{found.pairs} pairs, {seconds:.0f} s of the processor",
            flush=True,
        )


def size_of(sequences):
    """Return the bytes of ids in a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ids.parquet"
        save_sequences(path, sequences)
        return path.stat().st_size


def subsample(sequences, sample, seed):
    """Return documents without those of the frequent words that a draw leaves out."""
    counts = np.bincount(sequences.ids)
    threshold = sample * counts[counts >= MIN_COUNT].sum()
    frequency = np.maximum(counts, 1) / threshold
    probability = (np.sqrt(frequency) + 1) / frequency  # as in `Word2Vec.prepare_vocab`
    drawn = np.random.default_rng(seed).random(len(sequences.ids))
    kept = drawn <= probability[sequences.ids]
    ends = np.concatenate([[0], np.cumsum(kept)])
    return Sequences(sequences.ids[kept], ends[sequences.offsets])


if __name__ == "__main__":
    main()
