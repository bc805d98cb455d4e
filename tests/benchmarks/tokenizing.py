"""How fast text becomes ids, against the peers, in one run: medians, and ratios to Keras.

    python tests/benchmarks/tokenizing.py imdb
    python tests/benchmarks/tokenizing.py nsmc
    python tests/benchmarks/tokenizing.py imdb --analyzers

With --analyzers: each analyzer in the kernels against its function in Python, and against Keras's
rule in the kernels (those of characters: against `char_level`), on one thread (processor time) and
on all, as medians of the ratios of each round; and `encode` of one text once it is warm.

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. TEXTSEQ_THREADS sets the threads. The rounds
of all tools alternate, so that what else the machine does touches all of them. The kernels are
loaded before, so that neither compiling nor importing is measured. Polars and Hugging Face's
tokenizers are measured where they are installed (`pip install polars tokenizers`).
"""

import functools
import gc
import importlib.util
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pyarrow as pa
from keras.src.legacy.preprocessing.text import Tokenizer as KerasTokenizer
from keras.utils import pad_sequences as keras_pad_sequences
from keras.utils import to_categorical as keras_to_categorical
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import OneHotEncoder

from textseq import Tokenizer, one_hot, pad_sequences, read_corpus, to_categorical
from textseq.sequences.files import SequenceWriter
from textseq.tokenizer.analyzers import ANALYZERS
from textseq.tokenizer.engine.counting import load_kernels
from textseq.tokenizer.keras_json import TABLES
from textseq.tokenizer.words import DEFAULT_FILTERS

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
CORPORA = {
    "imdb": (["imdb/train.csv", "imdb/val.csv"], "minimal"),
    "nsmc": (["nsmc/ratings_train.txt"], "none"),
    "sst2": (["sst2/train.tsv"], "none"),
    "trec": (["trec/train.tsv"], "none"),
}
ROUNDS = 5


def main(name: str) -> None:
    """Measure all tools on one corpus and print a table."""
    files, quoting = CORPORA[name]
    texts = list(read_corpus([DATA / file for file in files], quoting=quoting).texts())
    size = sum(len(text.encode()) for text in texts) / 1e6
    load_kernels()
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "texts.txt"
        plain.write_text("".join(" ".join(text.splitlines()) + "\n" for text in texts))
        tasks = {
            **in_memory(texts),
            **other_peers(texts),
            **from_file(plain, Path(folder) / "ids.parquet"),
        }
        seconds: dict[str, list[float]] = {task: [] for task in tasks}
        for _ in range(ROUNDS):
            for task, run in tasks.items():
                gc.collect()
                start = time.perf_counter()
                run()
                seconds[task].append(time.perf_counter() - start)
    print(f"{name}: {len(texts):,} texts, {size:.1f} MB; median of {ROUNDS} rounds")
    medians = {task: statistics.median(times) for task, times in seconds.items()}
    for task, median in medians.items():
        peer = PEERS.get(task)
        ratio = f"{medians[peer] / median:6.1f} x {peer}" if peer else ""
        print(f"  {task:34} {median * 1000:8.0f} ms {size / median:7.1f} MB/s  {ratio}")


def analyzers(name):
    """Print how the analyzers compare on one corpus, whose results are compared first."""
    files, quoting = CORPORA[name]
    texts = pa.chunked_array(read_corpus([DATA / f for f in files], quoting=quoting).text_arrays())
    load_kernels()
    seconds = {}
    fitted = {rule: with_rule(rule, texts) for rule in RULES}
    python = {rule: in_python(rule, texts) for rule, peer in RULES.items() if peer is not None}
    for analyzer in python:
        check_analyzer(analyzer, fitted[analyzer], python[analyzer], texts)
    for _, (rule, slow), one in itertools.product(range(ROUNDS), python.items(), (True, False)):
        peer = RULES[rule]
        for task, runs in {
            "fit_on_texts": [functools.partial(with_rule, each, texts) for each in (rule, peer)],
            "encode": [functools.partial(fitted[each].encode, texts) for each in (rule, peer)],
        }.items():
            ours, theirs = (timed(on_one_thread(run) if one else run, cpu=one) for run in runs)
            seconds.setdefault((rule, task, one), []).append((ours, theirs))
        if one:
            for task, run in {
                "fit_on_texts": functools.partial(in_python, rule, texts),
                "encode": functools.partial(slow.encode, texts),
            }.items():
                seconds.setdefault((rule, task), []).append(timed(run, cpu=True))
    print(f"{name}: {len(texts):,} texts; medians of {ROUNDS} rounds")
    for rule, task in itertools.product(python, ("fit_on_texts", "encode")):
        one, all_threads = seconds[rule, task, True], seconds[rule, task, False]
        slower = ratio((s, ours) for s, (ours, _) in zip(seconds[rule, task], one, strict=True))
        print(
            f"  {rule:16} {task:13} {slower:5.1f} x Python on one thread; of the time of "
            f"{RULES[rule]}: {ratio(one):.2f} on one thread, {ratio(all_threads):.2f} on all"
        )
    text = [texts[0].as_py()[:100]]
    for state in ("kernels", "dicts"):
        times = timeit.repeat(lambda: fitted["words_and_marks"].encode(text), number=1, repeat=1000)
        print(f"  encode of one text, {state}: {statistics.median(times) * 1e6:.0f} us")
        fitted["words_and_marks"].word_index  # noqa: B018  (from here on there is a dict)


RULES = {
    "Keras's rule": None,
    "char_level": None,
    "whitespace": "Keras's rule",
    "words_and_marks": "Keras's rule",
    "characters": "char_level",
    "syllables": "char_level",
}


def with_rule(rule, texts):
    """Return a tokenizer fitted by one of the `RULES`."""
    settings = {"Keras's rule": {}, "char_level": {"char_level": True}}
    tokenizer = Tokenizer(**settings.get(rule, {"analyzer": rule}))
    tokenizer.fit_on_texts(texts)
    return tokenizer


def in_python(rule, texts):
    """Return a tokenizer that Python fitted with an analyzer's function."""
    tokenizer = Tokenizer(analyzer=lambda text: ANALYZERS.resolve(rule)(text))
    tokenizer.fit_on_texts(texts)
    return tokenizer


def check_analyzer(analyzer, tokenizer, python, texts):
    """Compare all counts and ids with those of the analyzer's function."""
    same = with_rule(analyzer, texts)  # another one, since its tables become dicts
    equal = all(same.table(name) == python.table(name) for name in TABLES)
    if not equal or tokenizer.encode(texts) != python.encode(texts):
        raise SystemExit(f"The kernels and {analyzer} do not agree; nothing is measured.")


def timed(run, *, cpu):
    """Return how many seconds a task takes: of the processor, or on the clock."""
    clock = time.process_time if cpu else time.perf_counter
    gc.collect()
    start = clock()
    run()
    return clock() - start


def ratio(pairs):
    """Return the median of the ratios of the rounds."""
    return statistics.median(ours / theirs for ours, theirs in pairs)


PEERS = {
    "textseq fit_on_texts": "Keras fit_on_texts",
    "textseq fit_on_texts, word_index": "Keras fit_on_texts",
    "textseq fit_on_texts, 1 thread": "Keras fit_on_texts",
    "scikit-learn CountVectorizer.fit": "Keras fit_on_texts",
    "tuned Python fit": "Keras fit_on_texts",
    "Polars fit": "Keras fit_on_texts",
    "tokenizers WordLevel train": "Keras fit_on_texts",
    "textseq encode": "Keras texts_to_sequences",
    "textseq encode, 1 thread": "Keras texts_to_sequences",
    "textseq texts_to_sequences": "Keras texts_to_sequences",
    "tuned Python encode": "Keras texts_to_sequences",
    "Polars encode": "Keras texts_to_sequences",
    "tokenizers WordLevel encode": "Keras texts_to_sequences",
    "textseq pad_sequences": "Keras pad_sequences",
    "textseq pad_sequences of lists": "Keras pad_sequences",
    "textseq to_categorical": "Keras to_categorical",
    "textseq one_hot, sparse": "scikit-learn OneHotEncoder",
    "textseq file to Parquet": "wc -w, twice",
}


def in_memory(texts):
    """Return what is measured on a list of strings."""
    keras, ours = KerasTokenizer(), Tokenizer()
    keras.fit_on_texts(texts)
    ours.fit_on_texts(texts)
    lists, sequences = keras.texts_to_sequences(texts), ours.encode(texts)
    if ours.word_index != keras.word_index or sequences.to_lists() != lists:
        raise SystemExit("Keras and textseq do not agree; nothing is measured.")
    ids = sequences.ids[:20_000] % 2000
    return {
        "Keras fit_on_texts": lambda: KerasTokenizer().fit_on_texts(texts),
        "textseq fit_on_texts": lambda: Tokenizer().fit_on_texts(texts),
        "textseq fit_on_texts, word_index": lambda: fitted(texts).word_index,
        "textseq fit_on_texts, 1 thread": on_one_thread(lambda: fitted(texts)),
        "scikit-learn CountVectorizer.fit": lambda: CountVectorizer().fit(texts),
        "Keras texts_to_sequences": lambda: keras.texts_to_sequences(texts),
        "textseq texts_to_sequences": lambda: ours.texts_to_sequences(texts),
        "textseq encode": lambda: ours.encode(texts),
        "textseq encode, 1 thread": on_one_thread(lambda: ours.encode(texts)),
        "Keras pad_sequences": lambda: keras_pad_sequences(lists, 200),
        "textseq pad_sequences": lambda: pad_sequences(sequences, 200),
        "textseq pad_sequences of lists": lambda: pad_sequences(lists, 200),
        "Keras to_categorical": lambda: keras_to_categorical(ids, 2000),
        "textseq to_categorical": lambda: to_categorical(ids, 2000),
        "scikit-learn OneHotEncoder": lambda: OneHotEncoder().fit_transform(sequences.ids[:, None]),
        "textseq one_hot, sparse": lambda: one_hot(sequences, ours.size + 1, sparse=True),
    }


def other_peers(texts):
    """Return what other tools make of the same words; each is told not to do more."""
    separators = str.maketrans(dict.fromkeys(DEFAULT_FILTERS, " "))

    def words(text):
        return text.lower().translate(separators).split(" ")

    counts = Counter(itertools.chain.from_iterable(map(words, texts)))
    index = {word: i for i, (word, _) in enumerate(counts.most_common(), 1)}
    tasks = {
        "tuned Python fit": lambda: Counter(itertools.chain.from_iterable(map(words, texts))),
        "tuned Python encode": lambda: [[index[word] for word in words(text)] for text in texts],
    }
    if importlib.util.find_spec("polars"):
        tasks |= with_polars(texts, index)
    if importlib.util.find_spec("tokenizers"):
        tasks |= with_tokenizers(texts)
    return tasks


def with_polars(texts, index):
    """Return fitting and encoding as Polars expressions."""
    import polars as pl

    text = pl.col("text").str.to_lowercase().str.replace_all(r"[^\w'\s]|_", " ").str.split(" ")
    numbers = pl.Series(list(index.values()), dtype=pl.Int32)

    def fit():
        return pl.DataFrame({"text": texts}).select(text.explode().value_counts(sort=True))

    def encode():
        rows = pl.DataFrame({"text": texts}).with_row_index().select("index", text).explode("text")
        ids = pl.col("text").replace_strict(list(index), numbers, default=None)
        return rows.with_columns(ids).group_by("index", maintain_order=True).agg("text")

    return {"Polars fit": fit, "Polars encode": encode}


def with_tokenizers(texts):
    """Return training and encoding with Hugging Face's word-level model."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    def train():
        tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        trainer = trainers.WordLevelTrainer(vocab_size=10_000_000, show_progress=False)
        tokenizer.train_from_iterator(texts, trainer)
        return tokenizer

    trained = train()
    return {
        "tokenizers WordLevel train": train,
        "tokenizers WordLevel encode": lambda: [e.ids for e in trained.encode_batch(texts)],
    }


def on_one_thread(task):
    """Return a task that runs with TEXTSEQ_THREADS=1."""

    def run():
        before = os.environ.get("TEXTSEQ_THREADS")
        os.environ["TEXTSEQ_THREADS"] = "1"
        try:
            return task()
        finally:
            del os.environ["TEXTSEQ_THREADS"]
            if before is not None:
                os.environ["TEXTSEQ_THREADS"] = before

    return run


def from_file(plain, target):
    """Return what is measured on a text file: `wc -w` twice, and fitting and encoding."""

    def to_parquet():
        tokenizer = fitted(read_corpus(plain))
        with SequenceWriter(target, force=True) as writer:
            for sequences in tokenizer.encode_batches(read_corpus(plain)):
                writer.write(sequences)

    tasks = {"textseq file to Parquet": to_parquet}
    if shutil.which("wc"):
        command = ["wc", "-w", str(plain), str(plain)]
        tasks["wc -w, twice"] = lambda: subprocess.run(command, check=True, capture_output=True)
    return tasks


def fitted(texts):
    """Return a tokenizer fitted on texts."""
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    return tokenizer


if __name__ == "__main__":
    (analyzers if "--analyzers" in sys.argv else main)(sys.argv[1])
