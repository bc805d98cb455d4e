"""What a large corpus takes on a cluster: rates measured here, and what follows from them.

    python tests/benchmarks/spark_plan.py
    python tests/benchmarks/spark_plan.py --terabytes 1 --executors 100 --cores 4 --min-count 5

Reads IMDB and NSMC from $TEXTSEQ_DATA or ../shared/data. Measured, on one thread, in seconds of the
processor, the least of three rounds:

    rates      megabytes a second of reading CSV and Parquet, counting, giving ids, writing Parquet
    growth     Heaps' law V = k n^b, fitted to the distinct words among the first n bytes
    shuffle    bytes, and the JVM's time on both sides, for each row that is shuffled, as Spark
               reports them in `local[2]`
    memory     bytes for each word of the tokenizer in the driver, on the way, and in each worker

The plan adds up nothing else. It lets growth go on as it begins, over orders of magnitude that were
not measured; pages of the web have more different words than reviews, and fewer than its law says
where they repeat each other. It counts no time of the network and none of waiting.
"""

import argparse
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

os.environ["TEXTSEQ_THREADS"] = "1"

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from accuracy import CORPORA, DATA
from frontier import print_markdown

from textseq import Tokenizer, read_corpus
from textseq.sequences.files import SequenceWriter
from textseq.tokenizer.word_counts import WordCounts

MB = 1e6
UNIT = 128 * 2**20  # bytes, at most, of a unit of work; see `textseq.spark.units.unit_bytes`
COUNTED = 2**30  # bytes, at most, that a task counts; see `textseq.spark.files`
MOST_WORDS = 2**21  # beyond which it passes on what it has; see `textseq.spark.counting`
WORDS = (1_000_000, 2_000_000)  # of the tokenizers whose memory is measured


def main():
    """Measure, print what was measured, and the plan."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--terabytes", type=float, default=1)
    parser.add_argument("--executors", type=int, default=100)
    parser.add_argument("--cores", type=int, default=4, help="of each executor")
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--memory", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        part, words, pickled = options.memory
        work = {"driver": memory_of_driver, "worker": memory_of_worker}[part]
        print(json.dumps(work(int(words), Path(pickled))))
        return
    memory, shuffle = measure_memory(), measure_shuffle()
    print_figures("memory, bytes a word", memory)
    print_figures("shuffle", shuffle)
    for name in ("imdb", "nsmc"):
        rates, growth = measure_rates(name), measure_growth(name, options.min_count)
        print_figures(f"{name}: megabytes a second on one core", rates)
        print_figures(f"{name}: growth", growth)
        print_figures(f"{name}: plan", plan(rates, growth, shuffle, memory, options))


def sources(name):
    """Return all files of a corpus as one."""
    *files, quoting = CORPORA[name]
    return read_corpus([DATA / file for file in files if file], quoting=quoting)


def least(work):
    """Return the least of three measurements, in seconds of the processor, and the result."""
    seconds = []
    for _ in range(3):
        began = time.process_time()
        result = work()
        seconds.append(time.process_time() - began)
    return min(seconds), result


def measure_rates(name):
    """Return the megabytes of text a second of each step."""
    corpus, tokenizer = sources(name), Tokenizer()
    table = corpus.read()
    size = table["text"].nbytes / MB
    texts = table["text"].chunks
    tokenizer.fit_on_texts(texts)  # loads the kernels
    reading, _ = least(corpus.read)
    counting, _ = least(lambda: Tokenizer().count_texts(texts))
    encoding, sequences = least(lambda: tokenizer.encode(texts))
    with tempfile.TemporaryDirectory() as folder:
        path, output = Path(folder) / "texts.parquet", Path(folder) / "ids.parquet"
        pq.write_table(table.select(["text"]), path)
        parquet, _ = least(read_corpus(path).read)

        def write():
            with SequenceWriter(output, force=True) as writer:
                writer.write(sequences, None)

        writing, _ = least(write)
        written = output.stat().st_size / MB
    steps = {"read csv": reading, "read parquet": parquet, "count": counting, "encode": encoding}
    rates = {step: size / seconds for step, seconds in {**steps, "write ids": writing}.items()}
    return {"text MB": size, **rates, "bytes of ids a byte of text": written / size}


def measure_growth(name, min_count):
    """Return Heaps' law of a corpus, and how many words stay."""
    texts, tokenizer = [*sources(name).text_arrays()], Tokenizer()
    tokenizer.fit_on_texts(texts)
    ids = tokenizer.encode(texts).ids
    size = sum(array.nbytes for array in texts)
    first = np.sort(np.unique(ids, return_index=True)[1])
    points = len(ids) / 2.0 ** np.arange(8)
    distinct = np.searchsorted(first, points)
    b, log_k = np.polyfit(np.log(points * size / len(ids)), np.log(distinct), 1)
    counts = np.bincount(ids)
    return {
        "words": len(first),
        "k": np.exp(log_k),
        "b": b,
        "largest error of the law": np.abs(
            np.exp(log_k) * (points * size / len(ids)) ** b / distinct - 1
        ).max(),
        f"share of words that occur {min_count} times": (counts >= min_count).sum() / len(first),
    }


def measure_shuffle():
    """Return what Spark reports of fitting a tokenizer on IMDB: bytes and the JVM's time a row."""
    from textseq.spark import CorpusOnSpark, open_session

    conf = {"spark.ui.enabled": "true", "spark.ui.port": "0", "spark.sql.shuffle.partitions": "8"}
    with open_session("local[2]", conf) as session:
        for _ in range(2):  # the second time, the JVM has compiled what it runs
            CorpusOnSpark(session, sources("imdb")).fit(Tokenizer())
        context = session.sparkContext
        address = f"{context.uiWebUrl}/api/v1/applications/{context.applicationId}/stages"
        with urllib.request.urlopen(address) as answer:
            stages = sorted(json.load(answer), key=lambda stage: stage["stageId"])
    writing = [stage for stage in stages if stage["shuffleWriteRecords"]][-1]
    reading = [stage for stage in stages if stage["shuffleReadRecords"]][-1]
    rows = writing["shuffleWriteRecords"]
    nanoseconds = writing["executorCpuTime"] + reading["executorCpuTime"]
    return {
        "rows": rows,
        "bytes a row": writing["shuffleWriteBytes"] / rows,
        "microseconds a row": nanoseconds / 1e3 / rows,
    }


def measure_memory():
    """Return the bytes for each word: the difference of two sizes, each in processes of its own."""
    with tempfile.TemporaryDirectory() as folder:
        sizes = []
        for words in WORDS:
            pickled = Path(folder) / f"{words}.pickle"
            sizes.append({})
            for part in ("driver", "worker"):
                command = [sys.executable, __file__, "--memory", part, str(words), str(pickled)]
                sizes[-1] |= json.loads(subprocess.check_output(command))
    few, many = sizes
    return {name: (many[name] - few[name]) / (WORDS[1] - WORDS[0]) for name in few}


def memory_of_driver(words, pickled):
    """Return bytes: of the rows that are collected, the peak while they get ids, the pickle's."""
    before = warm_peak()
    numbers = pa.array(np.arange(words) * 0x9E3779B1 % 2**32).cast(pa.string())
    ones = pa.array(np.ones(words, np.int64))
    table = pa.table({"word": numbers.cast(pa.large_binary()), "count": ones, "documents": ones})
    tokenizer = Tokenizer()
    tokenizer.add_counts(WordCounts.of(table, 1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    pickled.write_bytes(pickle.dumps(tokenizer))
    sent = pickled.stat().st_size
    return {"collected": table.nbytes, "driver, at its peak": peak, "sent to each executor": sent}


def memory_of_worker(words, pickled):
    """Return bytes: the peak of what loads the tokenizer and gives ids."""
    before = warm_peak()
    pickle.loads(pickled.read_bytes()).encode(["a"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    return {"each worker process": peak}


def warm_peak():
    """Return the most memory of this process, in bytes, once the kernels are loaded."""
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["a"])
    tokenizer.encode(["a"])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def plan(rates, growth, shuffle, memory, options):
    """Return what a corpus takes."""
    size, cores = options.terabytes * 1e12, options.executors * options.cores
    share = next(value for name, value in growth.items() if name.startswith("share"))

    def words(size):
        return growth["k"] * size ** growth["b"]

    groups = range(UNIT, COUNTED + 1, UNIT)
    counted = next((group for group in groups if words(group) >= MOST_WORDS), COUNTED)
    rows = size / counted * words(counted)
    kept = words(size) * share

    def minutes(*steps):
        return sum(size / MB / rates[step] for step in steps) / cores / 60

    return {
        "units": size / UNIT,
        "megabytes whose words are sent at once": counted / MB,
        "distinct words of these": words(counted),
        "rows shuffled": rows,
        "gigabytes shuffled": rows * shuffle["bytes a row"] / 1e9,
        "terabytes read, for fit and encode": 2 * size / 1e12,
        "minutes to read Parquet and count": minutes("read parquet", "count"),
        "minutes to merge": rows * shuffle["microseconds a row"] / 1e6 / cores / 60,
        "minutes to read, encode and write": minutes("read parquet", "encode", "write ids"),
        "terabytes of ids": size * rates["bytes of ids a byte of text"] / 1e12,
        "distinct words": words(size),
        f"words that occur {options.min_count} times": kept,
        "gigabytes collected": kept * memory["collected"] / 1e9,
        "gigabytes of the driver's Python": kept * memory["driver, at its peak"] / 1e9,
        "gigabytes sent to each executor": kept * memory["sent to each executor"] / 1e9,
        "gigabytes of each worker process": kept * memory["each worker process"] / 1e9,
    }


def print_figures(title, figures):
    """Print figures as a table."""
    rows = [(name, f"{figure:,.3g}" if figure < 1000 else f"{figure:,.0f}")
            for name, figure in figures.items()]  # fmt: skip
    print_markdown([(title, ""), *rows])
    print(flush=True)


if __name__ == "__main__":
    main()
