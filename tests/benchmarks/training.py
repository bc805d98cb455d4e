"""How fast a network trains, against the stock Keras tutorial, in one run: medians and ratios.

    python tests/benchmarks/training.py sst2
    python tests/benchmarks/training.py nsmc
    python tests/benchmarks/training.py imdb

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. The tutorial is what one finds everywhere:
texts padded in front to the 95th percentile of length, `Embedding(20000, 100)`, `SimpleRNN(64)`,
`Dense`, Adam, `fit` with batches of 64. Ours is the same network, on the same cut texts, for as
many epochs. Rounds of both alternate, each with a seed of its own. Useful tokens are those of the
texts; padding does not count. Only training is timed, validation is not; "first" is the epoch in
which functions are traced and compiled. The processor's seconds, of all threads together, stand
beside the clock's: on a machine that does other work too they are the steadier figure.
"""

import argparse
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from textseq import Tokenizer, read_corpus
from textseq.classifier import SentenceClassifier
from textseq.classifier.labels import encode_labels
from textseq.classifier.split import train_val_split

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
CORPORA = {
    "sst2": ("sst2/train.tsv", "sst2/dev.tsv", {}),
    "nsmc": ("nsmc/ratings_train.txt", None, {"quoting": "none"}),
    "imdb": ("imdb/train.csv", "imdb/val.csv", {}),
}
BATCHES = {"sst2": 128, "nsmc": 256, "imdb": 64}
"""Our sizes of batches; the learning rate grows with their square root."""


class Clock(keras.callbacks.Callback):
    """Notes the seconds from an epoch's beginning to its last batch, and validation accuracy."""

    def __init__(self):
        super().__init__()
        self.seconds, self.processor, self.accuracy = [], [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter(), time.process_time()

    def on_train_batch_end(self, batch, logs=None):
        self.ended = time.perf_counter(), time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(self.ended[0] - self.started[0])
        self.processor.append(self.ended[1] - self.started[1])
        self.accuracy.append(logs["val_accuracy"])


def main():
    """Measure both on one corpus and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", choices=CORPORA)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int)
    options = parser.parse_args()
    train, validation = read(options.corpus)
    tokenizer = Tokenizer(num_words=20_000)
    tokenizer.fit_on_texts(train[0])
    lengths = tokenizer.encode(train[0]).lengths
    maxlen = int(np.percentile(lengths, 95))
    tokens = int(np.minimum(lengths, maxlen).sum())
    ours_batch = options.batch_size or BATCHES[options.corpus]
    clocks = {"stock Keras": [], "textseq": []}
    for seed in range(options.rounds):
        clocks["stock Keras"].append(
            stock(tokenizer, train, validation, maxlen, options.epochs, seed)
        )
        clocks["textseq"].append(
            ours(tokenizer, train, validation, maxlen, options.epochs, seed, ours_batch)
        )
    print(
        f"{options.corpus}: {len(train[0]):,} texts, {tokens:,} tokens, cut to {maxlen}; "
        f"{options.epochs} epochs, {options.rounds} rounds; our batches of {ours_batch}"
    )
    show(clocks, tokens)


def read(name):
    """Return texts and labels to train on and to validate on."""
    training, validation, reading = CORPORA[name]
    corpus = read_corpus(DATA / training, **reading)
    texts, labels = list(corpus.texts()), np.array(corpus.labels())
    if validation is not None:
        held = read_corpus(DATA / validation, **reading)
        return (texts, labels), (list(held.texts()), np.array(held.labels()))
    kept, held = train_val_split(encode_labels(labels, np.unique(labels)), 0.1, seed=0)
    return tuple(([texts[i] for i in part], labels[part]) for part in (kept, held))


def stock(tokenizer, train, validation, maxlen, epochs, seed):
    """Train as the tutorial does."""
    keras.utils.set_random_seed(seed)
    classes = np.unique(train[1])
    (x, y), held = (
        (tokenizer.encode(texts).pad(maxlen), encode_labels(labels, classes))
        for texts, labels in (train, validation)
    )
    model = keras.Sequential(
        [
            keras.layers.Embedding(20_000, 100),
            keras.layers.SimpleRNN(64),
            keras.layers.Dense(len(classes), activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    clock = Clock()
    model.fit(
        x, y, validation_data=held, epochs=epochs, batch_size=64, callbacks=[clock], verbose=0
    )
    keras.backend.clear_session()
    return clock


def ours(tokenizer, train, validation, maxlen, epochs, seed, batch_size):
    """Train the same network with textseq."""
    clock = Clock()
    SentenceClassifier(
        networks=1,
        linear=0,
        pooling="last",
        units=64,
        bidirectional=False,
        dimension=100,
        tokenizer=tokenizer,
        maxlen=maxlen,
        dropout=0.0,
        vector_dropout=0.0,
        epochs=epochs,
        patience=epochs,
        batch_size=batch_size,
        learning_rate=1e-3 * (batch_size / 64) ** 0.5,
        seed=seed,
    ).fit(*train, validation_data=validation, callbacks=[clock])
    return clock


def show(clocks, tokens):
    """Print the medians over the rounds, and how many times as fast ours is."""
    for kind, epochs_of in (
        ("clock", lambda clock: clock.seconds),
        ("processor", lambda clock: clock.processor),
    ):
        print(f"{kind:12} {'first s':>8} {'later s':>8} {'all ktok/s':>11} {'later ktok/s':>13}")
        rates = []
        for name, rounds in clocks.items():
            first = statistics.median(epochs_of(clock)[0] for clock in rounds)
            later = statistics.median(statistics.mean(epochs_of(clock)[1:]) for clock in rounds)
            total = statistics.median(statistics.mean(epochs_of(clock)) for clock in rounds)
            rates.append((tokens / total / 1e3, tokens / later / 1e3))
            print(f"{name:12} {first:8.2f} {later:8.2f} {rates[-1][0]:11.0f} {rates[-1][1]:13.0f}")
        whole, later = (ours / stock for stock, ours in zip(*rates, strict=True))
        print(f"ratio {whole:.1f} with tracing and compiling, {later:.1f} without")
    for name, rounds in clocks.items():
        best = sorted(100 * max(clock.accuracy) for clock in rounds)
        print(
            f"{name:12} best validation accuracy {statistics.mean(best):.1f} "
            f"({best[0]:.1f} to {best[-1]:.1f})"
        )


if __name__ == "__main__":
    main()
