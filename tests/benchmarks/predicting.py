"""How fast a trained network labels, against Keras, in one run: medians, and ratios.

    python tests/benchmarks/predicting.py nsmc
    python tests/benchmarks/predicting.py imdb
    python tests/benchmarks/predicting.py cold
    python tests/benchmarks/predicting.py one MODEL TEXTS [OLD_CHECKOUT OLD_MODEL]
    python tests/benchmarks/predicting.py many MODEL TEXTS [OLD_CHECKOUT OLD_MODEL]

Sentences per second from ids to probabilities, on test texts, with weights at random: of the
textbook's `Embedding(20000, 100)`, `SimpleRNN(64)`, `Dense`, and of the default network. The peers:

    stock   `predict` on all texts padded to the 95th percentile of their lengths, batches of 256
    tuned   sorted by length, each batch of 256 padded to its longest (rounded up to a multiple of
            8, else XLA compiles for every length), compiled by XLA before time is taken

textseq's time holds what it does once, folding the tables, and reads the same tokens: longer texts
are cut for all. The rounds alternate, so that what else the machine does touches all of them.

`cold` starts processes that label one sentence with a model of 20,000 words, and prints seconds and
peak memory: the command line, and a script that does it with Keras.

`one` labels a sentence a call, 10,000 calls once the model is warm, and prints the median, the 99th
percentile and how many threads were started. `many` runs the whole command, `classify predict MODEL
--input TEXTS`, and prints texts a second. TEXTS is a file of a text a line. With the checkout of an
older version and a model that it trained, both take turns, and the ratio of the times is printed.

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. TEXTSEQ_THREADS sets the threads.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
CORPORA = {
    "nsmc": ("nsmc/ratings_train.txt", "nsmc/ratings_test.txt", "none", 50_000),
    "imdb": ("imdb/train.csv", "imdb/test.csv", "minimal", 10_000),
}
WORDS = 20_000
BATCH = 256
WIDTHS = 8
ROUNDS = 5


def main(name, *arguments):
    """Measure on one corpus, the cold start, or a model of one's own."""
    if name == "cold":
        cold_start()
        return
    if name in ("one", "many"):
        in_turn(name, *arguments)
        return
    sequences = encoded(*CORPORA[name])
    longest = int(np.percentile(sequences.lengths, 95))
    sequences = sequences.truncate(longest)
    print(
        f"{name}: {len(sequences):,} texts, {len(sequences.ids):,} tokens, padded to {longest}; "
        f"median of {ROUNDS} rounds"
    )
    for title, (model, network) in networks().items():
        compare(title, tasks(model, network, sequences, longest), len(sequences))


def encoded(train, test, quoting, count):
    """Return `count` test texts as ids, by a tokenizer fitted on the training texts."""
    from textseq import Tokenizer, read_corpus

    tokenizer = Tokenizer(num_words=WORDS)
    tokenizer.fit_on_texts(read_corpus(DATA / train, quoting=quoting))
    texts = list(read_corpus(DATA / test, quoting=quoting).texts())
    chosen = np.random.default_rng(0).permutation(len(texts))[:count]
    return tokenizer.encode([texts[i] for i in chosen])


def networks():
    """Return each network as a Keras model, and how textseq makes it of the same weights."""
    import keras

    from textseq.classifier import build_model, cells, embeddings, pooling
    from textseq.network.inference.numpy_network import NumpyNetwork
    from textseq.network.model_weights import weight_values

    stock = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(WORDS, 100, name="embedding"),
            keras.layers.SimpleRNN(64, name="forward"),
            keras.layers.Dense(2, activation="softmax", name="output"),
        ]
    )
    default = build_model(
        embeddings.learned(WORDS, 200),
        cells.simple_rnn(128),
        pooling.Max(2),
        2,
        backward_cell=cells.simple_rnn(128),
    )
    stock_weights, default_weights = weight_values(stock), weight_values(default)
    return {
        "SimpleRNN(64), last state": (
            stock,
            lambda: NumpyNetwork(
                stock_weights, cells.simple_rnn, pooling.POOLINGS.resolve("last"), False
            ),
        ),
        "the default: SimpleRNN(128) both ways, max": (
            default,
            lambda: NumpyNetwork(
                default_weights, cells.simple_rnn, pooling.POOLINGS.resolve("max"), True
            ),
        ),
    }


def tasks(model, network, sequences, longest):
    """Return what is measured: stock Keras, tuned Keras, and textseq."""
    import keras
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")  # it warns of compiling for several shapes
    padded = sequences.pad(longest)
    compiled = tf.function(lambda ids: model(ids, training=False), jit_compile=True)
    order = np.argsort(-sequences.lengths, kind="stable")

    def tuned():
        out = np.empty((len(sequences), 2), np.float32)
        for start in range(0, len(order), BATCH):
            documents = order[start : start + BATCH]
            batch = sequences[documents]
            width = -(-max(1, int(batch.lengths.max())) // WIDTHS) * WIDTHS
            out[documents] = compiled(tf.constant(batch.pad(width))).numpy()
        return out

    def ours():
        return network().probabilities(sequences)

    # Without masks, the textbook's network gives padded texts another answer: compare unpadded.
    some = [i for i in order[:: len(order) // 50] if len(sequences[int(i)])]
    expected = [keras.ops.convert_to_numpy(model(sequences[int(i)][None]))[0] for i in some]
    np.testing.assert_allclose(ours()[some], expected, atol=1e-5)
    return {
        "Keras predict, stock": lambda: model.predict(padded, batch_size=BATCH, verbose=0),
        "Keras, tuned": tuned,
        "textseq": ours,
    }


def compare(title, measured, documents):
    """Run the tasks in turn, and print sentences per second and ratios."""
    seconds = {task: [] for task in measured}
    for run in measured.values():
        run()  # compiles
    for _ in range(ROUNDS):
        for task, run in measured.items():
            start = time.perf_counter()
            run()
            seconds[task].append(time.perf_counter() - start)
    print(f"  {title}")
    medians = {task: statistics.median(times) for task, times in seconds.items()}
    for task, median in medians.items():
        print(
            f"    {task:22} {documents / median:9,.0f} sentences/s"
            f"{median / medians['textseq']:7.1f} x textseq's time"
        )


KERAS_WAY = """
import sys, numpy, keras
folder, text = sys.argv[1:]
words = keras.src.legacy.preprocessing.text.tokenizer_from_json(open(folder + "/t.json").read())
model = keras.Sequential([
    keras.Input((None,), dtype="int32"), keras.layers.Embedding(20000, 200, mask_zero=True),
    keras.layers.Bidirectional(keras.layers.SimpleRNN(128, return_sequences=True)),
    keras.layers.GlobalMaxPooling1D(), keras.layers.Dense(2, activation="softmax")])
arrays = numpy.load(folder + "/weights.npz")
model.set_weights([arrays[f"w{i}"] for i in range(len(arrays))])
ids = words.texts_to_sequences([text])
print(model.predict(numpy.array(ids, dtype="int32"), verbose=0).argmax())
"""


def cold_start():
    """Label a sentence in a process of its own, by textseq and by Keras."""
    with tempfile.TemporaryDirectory() as folder:
        words = [f"word{i}" for i in range(WORDS - 1)]
        text = " ".join(words[:10])
        saved_model(Path(folder), words)
        ours = [sys.executable, "-m", "textseq.cli.app", "classify", "predict"]
        runs = {
            "textseq classify predict": [*ours, f"{folder}/model", text],
            "Keras": [sys.executable, "-c", KERAS_WAY, folder, text],
        }
        measured = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, command in runs.items():
                measured[name].append(started(command))
    print(f"cold start, one sentence, {WORDS:,} words; median of {ROUNDS} rounds")
    for name, rounds in measured.items():
        seconds, peak = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"  {name:26} {seconds:6.2f} s {peak:6.0f} MB at the peak")


def saved_model(folder, words):
    """Write a model of the default sizes as textseq has it, and as a Keras user would."""
    from textseq import Tokenizer
    from textseq.classifier import SentenceClassifier

    tokenizer = Tokenizer()
    tokenizer.fit_on_texts([[word] for word in words])
    alone = {"networks": 1, "linear": 0}
    classifier = SentenceClassifier(tokenizer=tokenizer, epochs=1, validation_fraction=0, **alone)
    texts = [f"{words[0]} {words[1]}", f"{words[2]} {words[3]}"] * 8
    classifier.fit(texts, ["a", "b"] * 8)
    classifier.save(folder / "model")
    tokenizer.save(folder / "t.json")
    weights = [np.ascontiguousarray(array) for array in classifier.weights_.values()]
    np.savez(folder / "weights.npz", **{f"w{i}": array for i, array in enumerate(weights)})


ONE_BY_ONE = """
import json, sys, threading, time
from itertools import cycle, islice
from textseq.classifier.predictor import Predictor
predictor = Predictor.load(sys.argv[1])
texts = [line for line in open(sys.argv[2], encoding="utf-8").read().splitlines() if line][:1000]
for text in islice(cycle(texts), 500):
    predictor.predict_proba([text])
started, start = [], threading.Thread.start
threading.Thread.start = lambda thread: started.append(thread) or start(thread)
times = []
for text in islice(cycle(texts), int(sys.argv[3])):
    begin = time.perf_counter()
    predictor.predict_proba([text])
    times.append(time.perf_counter() - begin)
times.sort()
p50, p99 = (1000 * times[int(len(times) * share)] for share in (0.5, 0.99))
print(json.dumps([p50, p99, len(started)]))
"""
CALLS = 10_000


def in_turn(what, model, texts, old_checkout=None, old_model=None):
    """Measure this checkout and an older one in turn, in processes of their own."""
    versions = {"this": (Path(__file__).parents[2], Path(model).resolve())}
    if old_checkout:
        versions["old"] = (Path(old_checkout).resolve(), Path(old_model).resolve())
    measure = one_by_one if what == "one" else whole_command
    measured = {name: [] for name in versions}
    for _ in range(ROUNDS):
        for name, version in versions.items():
            measured[name].append(measure(*version, Path(texts).resolve()))
    for name, rounds in measured.items():
        medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
        if what == "one":
            print(f"{name:5} p50 {medians[0]:.3f} ms, p99 {medians[1]:.3f} ms; median of {ROUNDS} "
                  f"rounds; {medians[2]:,.0f} threads started in {CALLS:,} calls")  # fmt: skip
        else:
            print(f"{name:5} {medians[0]:.2f} s, {medians[1]:,.0f} texts/s; median of {ROUNDS}")
    if len(measured) > 1:
        pairs = zip(measured["old"], measured["this"], strict=True)
        ratios = [old[0] / this[0] for old, this in pairs]
        print(f"the old one takes {statistics.median(ratios):.1f} x the time of this one")


def one_by_one(checkout, model, texts):
    """Return the median and the 99th percentile in milliseconds, and the threads started."""
    command = [sys.executable, "-c", ONE_BY_ONE, str(model), str(texts), str(CALLS)]
    return json.loads(run_in(checkout, command))


def whole_command(checkout, model, texts):
    """Return the seconds of the command, and texts a second."""
    entry = "from textseq.cli.app import main; main()"
    command = [
        sys.executable,
        "-c",
        entry,
        "classify",
        "predict",
        str(model),
        "--input",
        str(texts),
    ]
    start = time.perf_counter()
    answers = run_in(checkout, command).count("\n")
    seconds = time.perf_counter() - start
    return seconds, answers / seconds


def run_in(checkout, command):
    """Run a command with the package of a checkout, and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(
        command, env=environment, cwd=checkout, check=True, capture_output=True, text=True
    )  # in its folder, which comes first on the path
    return done.stdout


WAITING = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, capture_output=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([time.perf_counter() - start, peak / 1000]))
"""


def started(command):
    """Run a command, and return its seconds and the megabytes it took at its peak."""
    # A process between, since the peak of children is the largest of all there were.
    waited = [sys.executable, "-c", WAITING, *command]
    return json.loads(subprocess.run(waited, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
