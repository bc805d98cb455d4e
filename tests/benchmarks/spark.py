"""The stages on Spark, measured: against MLlib, on one executor and two, with many different words.

    python tests/benchmarks/spark.py mllib --megabytes 500
    python tests/benchmarks/spark.py scaling --gigabytes 4 --folder /var/tmp/spark
    python tests/benchmarks/spark.py warm --gigabytes 4 --pin --folder /var/tmp/spark
    python tests/benchmarks/spark.py distinct --words 10000000 --driver-memory 2g
    python tests/benchmarks/spark.py overhead --megabytes 100

mllib     `RegexTokenizer` and `CountVectorizer` against `fit_tokenizer` and `encode`, in one
          session and on one DataFrame: IMDB, repeated, where each document ends in a word of its
          own. The pattern is Keras's rule: one or more of the filtered characters and the space
          separate. Before anything is timed, the words and their counts are compared, and the bags
          of words of some documents. Java and Python know different versions of Unicode; words that
          differ would be printed, and end the run.
scaling   `textseq tokenize --engine spark` on one executor and on two: the whole command, and each
          of its Spark jobs, from Spark's own log of events. On a machine of two processors, Spark
          itself, the JVM of the driver and that of an executor, has the second one for its own
          where there is one executor; with --pin it has not, and each executor has a processor, as
          it has on a cluster. The text is cut at random from IMDB and
          NSMC, so that words have their real frequencies and no two lines are the same.
warm      the same text and stages in a session that has worked before, as in a notebook.
distinct  so many different words, with `--min-count 2`: the word of rank r occurs
          max(1, words / 4r) times, so that one in eight occurs twice or more. Prints the largest
          resident memory of each process, and compares both files with those of one machine.
overhead  `textseq tokenize` on one machine against Spark on a small corpus, as whole commands.

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. Files are made once and stay in --folder;
without it, they are made in a temporary folder. Spark's own settings come from where Spark takes
them: spark-defaults.conf and PYSPARK_SUBMIT_ARGS. What is compared alternates, round by round.
"""

import argparse
import contextlib
import filecmp
import json
import multiprocessing
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
IMDB = (["imdb/train.csv", "imdb/val.csv", "imdb/test.csv"], "minimal")
NSMC = (["nsmc/ratings_train.txt", "nsmc/ratings_test.txt"], "none")
ONE, TWO = "local-cluster[1,1,2048]", "local-cluster[2,1,2048]"
WORDS_A_LINE = 20


def main():
    """Run the benchmark that the first argument names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = parser.add_subparsers(required=True)
    for run, size, default in (
        (mllib, "megabytes", 500),
        (scaling, "gigabytes", 4),
        (warm, "gigabytes", 4),
        (distinct, "words", 10_000_000),
        (overhead, "megabytes", 100),
    ):
        command = names.add_parser(run.__name__, help=run.__doc__)
        command.add_argument(f"--{size}", dest="size", type=float, default=default)
        command.add_argument("--folder", type=Path, help="where files are made once, and stay")
        command.add_argument("--files", type=int, default=32, help="parts of the corpus")
        command.add_argument(
            "--rounds", type=int, default=1 if run in (scaling, warm, distinct) else 5
        )
        command.add_argument("--driver-memory", default="2g")
        command.add_argument("--pin", action="store_true", help="see scaling")
        command.set_defaults(run=run)
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        if arguments.folder is None:
            arguments.folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        arguments.run(arguments)


def mllib(arguments):
    """Compare `fit_tokenizer` and `encode` with MLlib's stages for the same words."""
    from textseq.spark import encode, fit_tokenizer, open_session

    name, size = f"imdb-{arguments.size:g}mb-{arguments.files}", round(arguments.size * 1e6)
    source = made(arguments.folder, name, repeated_imdb, size, arguments.files)
    submit_arguments(arguments.driver_memory, {})
    with open_session(TWO) as spark:
        frame = spark.read.parquet(str(source))
        tokens, vectors = mllib_stages()
        tokenizer, model = fit_tokenizer(frame, "text"), vectors.fit(tokens.transform(frame))
        check_same_words(frame, tokens, model, tokenizer, encode)
        bags = model.transform(tokens.transform(frame)).select("vector")
        tasks = {
            "MLlib fit": lambda: vectors.fit(tokens.transform(frame)),
            "textseq fit": lambda: fit_tokenizer(frame, "text"),
            "MLlib transform": lambda: consume(bags),
            "textseq encode": lambda: consume(encode(frame, tokenizer).select("ids")),
        }
        seconds = alternate(tasks, arguments.rounds)
        print(
            f"mllib: {size / 1e6:g} MB, {frame.count():,} documents, {tokenizer.size:,} words, "
            f"{frame.rdd.getNumPartitions()} partitions; {TWO}; "
            f"medians of {arguments.rounds} rounds"
        )
        peers = {"textseq fit": "MLlib fit", "textseq encode": "MLlib transform"}
        report(seconds, peers, size)


def mllib_stages():
    """Return MLlib's stages that make what Keras's rule makes."""
    from pyspark.ml.feature import CountVectorizer, RegexTokenizer

    from textseq.tokenizer.words import DEFAULT_FILTERS

    # Java takes a backslash before anything but a letter or a digit as that character.
    separators = "".join(f"\\{character}" for character in DEFAULT_FILTERS + " ")
    tokens = RegexTokenizer(
        inputCol="text", outputCol="words", pattern=f"[{separators}]+", gaps=True,
        minTokenLength=1, toLowercase=True,
    )  # fmt: skip
    vectors = CountVectorizer(
        inputCol="words", outputCol="vector", vocabSize=(1 << 31) - 1, minDF=1
    )
    return tokens, vectors


def check_same_words(frame, tokens, model, tokenizer, encode):
    """Compare the words, how often each occurs, and the bags of words of some documents."""
    from pyspark.sql.functions import explode

    words = tokens.transform(frame).select(explode("words").alias("word"))
    counts = words.groupBy("word").count().toArrow()
    counted = dict(zip(counts["word"].to_pylist(), counts["count"].to_pylist(), strict=True))
    ours = dict(tokenizer.word_counts)
    differing = {w for w in counted.keys() | ours.keys() if counted.get(w) != ours.get(w)}
    print(f"{len(ours):,} words; {len(differing):,} have other counts in MLlib", flush=True)
    vocabulary = model.vocabulary  # which Java hands over anew each time
    if differing or set(vocabulary) != ours.keys():
        raise SystemExit(f"MLlib and textseq do not agree, on {sorted(differing)[:10]}.")
    # Collected, since a limit may take other rows each time.
    some = frame.sparkSession.createDataFrame(frame.limit(1000).toArrow())
    bags = [
        Counter({vocabulary[i]: int(n) for i, n in zip(v.indices, v.values, strict=True)})
        for (v,) in model.transform(tokens.transform(some)).select("vector").collect()
    ]
    ids = [row["ids"] for row in encode(some, tokenizer).select("ids").collect()]
    if bags != [Counter(map(tokenizer.index_word.get, each)) for each in ids]:
        raise SystemExit("MLlib and textseq make different bags of words.")


def consume(frame):
    """Compute all rows, and write them nowhere."""
    frame.write.format("noop").mode("overwrite").save()


def scaling(arguments):
    """Compare one executor with two, on `textseq tokenize`."""
    size = round(arguments.size * 1e9)
    name = f"text-{arguments.size:g}gb-{arguments.files}"
    source = made(arguments.folder, name, real_text, size, arguments.files)
    seconds = defaultdict(list)
    for _ in range(arguments.rounds):
        for master in (ONE, TWO):
            whole, jobs = on_spark(source, arguments, master, one=arguments.pin and master == ONE)
            seconds[master].append(whole)
            print(f"{master}: whole command {whole:.1f} s", flush=True)
            together = Counter()
            for job in jobs:
                together[job["name"]] += job["seconds"]
                print(f"  {job['seconds']:8.1f} s  {job['tasks']:5} tasks  {job['name']}")
            for name, sum_of_jobs in together.items():
                seconds[master, name].append(sum_of_jobs)
    one, two = (statistics.median(seconds[master]) for master in (ONE, TWO))
    print(f"scaling: {size / 1e9:g} GB in {arguments.files} files, {arguments.rounds} rounds")
    print(f"  whole command: {one:.1f} s / {two:.1f} s = {one / two:.2f} x")
    for key in [key for key in seconds if key[0] == ONE and len(key) == 2]:
        one, two = (statistics.median(seconds[master, key[1]] or [0]) for master in (ONE, TWO))
        print(f"  {key[1]}: {one:.1f} s / {two:.1f} s = {one / two:.2f} x" if two else key[1])


def warm(arguments):
    """Compare one executor with two where Spark has started and has worked before."""
    name = f"text-{arguments.size:g}gb-{arguments.files}"
    source = made(arguments.folder, name, real_text, round(arguments.size * 1e9), arguments.files)
    context = multiprocessing.get_context("spawn")
    seconds = {}
    for master in (ONE, TWO):
        answers = context.Queue()
        pinned = arguments.pin and master == ONE
        job = (source, arguments.folder, master, arguments.rounds, pinned, answers)
        process = context.Process(target=time_warm, args=job)
        process.start()
        seconds[master] = answers.get()
        process.join()
    print(f"warm: {arguments.size:g} GB in {arguments.files} files, {arguments.rounds} rounds")
    for stage, one in seconds[ONE].items():
        two = seconds[TWO][stage]
        print(f"  {stage}: {one:.1f} s / {two:.1f} s = {one / two:.2f} x")


def time_warm(source, folder, master, rounds, pinned, answers):
    """Put the medians of the stages, in seconds, into a queue; a round before is not counted."""
    from textseq import Tokenizer, read_corpus
    from textseq.spark import CorpusOnSpark, open_session

    if pinned:
        os.sched_setaffinity(0, {0})
    files = sorted(source.glob("*.txt"))
    seconds = defaultdict(list)
    with tempfile.TemporaryDirectory(dir=folder) as output, open_session(master) as spark:
        for some in (files[:8], *[files] * rounds):
            corpus = CorpusOnSpark(spark, read_corpus(some))
            start = time.perf_counter()
            tokenizer = corpus.fit(Tokenizer())
            fitted = time.perf_counter()
            corpus.encode(tokenizer, Path(output) / "ids", force=True)
            took = {"fit": fitted - start, "encode": time.perf_counter() - fitted}
            for stage, each in (took | {"both": sum(took.values())}).items():
                seconds[stage].append(each)
    answers.put({stage: statistics.median(each[1:]) for stage, each in seconds.items()})


def on_spark(source, arguments, master, *options, one=False):
    """Run `textseq tokenize --engine spark`; return its seconds and its jobs.

    With `one`, all its processes have one processor between them.
    """
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        log = Path(folder) / "events"
        log.mkdir()
        submit_arguments(arguments.driver_memory, event_log(log))
        command = [*tokenize(source, Path(folder)), "--engine", "spark", "--master", master]
        start = time.perf_counter()
        pin = (lambda: os.sched_setaffinity(0, {0})) if one else None
        subprocess.run([*command, *options], check=True, preexec_fn=pin)
        return time.perf_counter() - start, jobs_in(log)


def tokenize(source, folder):
    """Return the command that fits on all files of a folder, and encodes them."""
    return [
        sys.executable, "-m", "textseq", "tokenize", *map(str, sorted(source.glob("*.txt"))),
        "--save-tokenizer", str(folder / "tokenizer.json"), "--output", str(folder / "ids"),
    ]  # fmt: skip


def event_log(folder):
    """Return the settings with which Spark logs its events, as lines of JSON."""
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }


def jobs_in(log):
    """Return the jobs of an event log, each with its name, seconds and tasks."""
    jobs = {}
    for line in next(file for file in log.iterdir() if file.is_file()).open():
        event = json.loads(line)
        if event["Event"] == "SparkListenerJobStart":
            last = max(event["Stage Infos"], key=lambda stage: stage["Stage ID"])
            properties = event.get("Properties") or {}
            jobs[event["Job ID"]] = {
                "name": properties.get(
                    "spark.job.description", re.sub(r"\S*/", "", last["Stage Name"])
                ),
                "tasks": sum(stage["Number of Tasks"] for stage in event["Stage Infos"]),
                "start": event["Submission Time"],
            }
        elif event["Event"] == "SparkListenerJobEnd":
            job = jobs[event["Job ID"]]
            job["seconds"] = (event["Completion Time"] - job["start"]) / 1000
    return [job for job in jobs.values() if "seconds" in job]


def distinct(arguments):
    """Count many different words with a small driver, and compare with one machine."""
    words = round(arguments.size)
    name = f"distinct-{words}-{arguments.files}"
    source = made(arguments.folder, name, distinct_words, words, arguments.files)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        spark, local = Path(folder) / "spark", Path(folder) / "local"
        for each in (spark, local):
            each.mkdir()
        submit_arguments(arguments.driver_memory, {})
        rare = ["--min-count", "2"]
        on_cluster = [*tokenize(source, spark), *rare, "--engine", "spark", "--master", TWO]
        print(f"distinct: {words:,} words; driver memory {arguments.driver_memory}")
        watched("Spark", on_cluster)
        alone = tokenize(source, local)
        alone[-1] += ".parquet"
        watched("one machine", [*alone, *rare])
        kept = json.loads((spark / "tokenizer.json").read_text())["config"]["word_counts"]
        print(f"  {len(json.loads(kept)):,} words remain")
        same_json = filecmp.cmp(spark / "tokenizer.json", local / "tokenizer.json", shallow=False)
        same_ids = ids_in(spark / "ids").equals(ids_in(local / "ids.parquet"))
        print(f"  tokenizer.json identical: {same_json}; ids equal: {same_ids}")


def ids_in(path):
    """Return the ids of a file, or of the parts in a folder, in order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    return pa.chunked_array(
        [chunk for part in parts for chunk in pq.read_table(part)["ids"].chunks]
    )


def watched(name, command):
    """Run a command; print its seconds, and the largest resident memory of each kind of process."""
    start, peaks = time.perf_counter(), Counter()
    process = subprocess.Popen(command)
    while process.poll() is None:
        for pid, kind in family(process.pid):
            with contextlib.suppress(OSError, IndexError):  # it has just ended
                status = Path(f"/proc/{pid}/status").read_text()
                peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
                peaks[kind] = max(peaks[kind], peak)
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(process.returncode)
    memory = ", ".join(f"{kind} {peak:,} MiB" for kind, peak in sorted(peaks.items()))
    print(f"  {name}: {time.perf_counter() - start:.1f} s; {memory}", flush=True)


def family(root):
    """Yield the processes under one, each with what it is to Spark."""
    children = defaultdict(list)
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = status.read_text().partition("(")[2].rpartition(")")
            children[int(rest.split()[1])].append((int(status.parent.name), name))
    yield root, "Python driver"
    below = [(pid, name, "driver JVM") for pid, name in children[root]]
    while below:
        pid, name, kind = below.pop()
        if name == "java":
            yield pid, kind
        elif name.startswith("python"):
            yield pid, "Python worker"
        under = "executor JVM" if name == "java" else kind
        below += [(child, child_name, under) for child, child_name in children[pid]]


def overhead(arguments):
    """Compare one machine with Spark, as whole commands on a small corpus."""
    size = round(arguments.size * 1e6)
    name = f"text-{arguments.size:g}mb-{arguments.files}"
    source = made(arguments.folder, name, real_text, size, arguments.files)

    def one_machine():
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            command = tokenize(source, Path(folder))
            command[-1] += ".parquet"
            subprocess.run(command, check=True, capture_output=True)

    tasks = {
        "one machine": one_machine,
        **{f"Spark, {master}": lambda m=master: on_spark(source, arguments, m)
           for master in ("local[2]", TWO)},
    }  # fmt: skip
    seconds = alternate(tasks, arguments.rounds)
    print(f"overhead: {arguments.size:g} MB; medians of {arguments.rounds} rounds")
    report(seconds, dict.fromkeys([name for name in tasks if "Spark" in name], "one machine"), size)


def alternate(tasks, rounds):
    """Return the seconds of each task in each round."""
    seconds = defaultdict(list)
    for _ in range(rounds):
        for name, run in tasks.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
            print(f"{name}: {seconds[name][-1]:.2f} s", file=sys.stderr, flush=True)
    return seconds


def report(seconds, peers, size):
    """Print a line for each task: its median, its speed, and the median ratio to its peer."""
    for name, times in seconds.items():
        median = statistics.median(times)
        ratio = ""
        if name in peers:
            pairs = zip(seconds[peers[name]], times, strict=True)
            ratio = f"{statistics.median(peer / own for peer, own in pairs):8.2f} x {peers[name]}"
        print(f"  {name:34} {median:8.2f} s {size / 1e6 / median:8.1f} MB/s {ratio}")


def submit_arguments(memory, settings):
    """Give Spark settings where it takes them from: the environment, before it starts."""
    confs = [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
    arguments = ["--driver-memory", memory, *confs, "pyspark-shell"]
    os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join(arguments)


def made(folder, name, make, *arguments):
    """Return a folder that `make` fills, unless an earlier run did."""
    target = folder / name
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        make(partial, *arguments)
        partial.rename(target)
    return target


def texts_of(corpus):
    """Return the texts of one of the corpora."""
    from textseq import read_corpus

    files, quoting = corpus
    return list(read_corpus([DATA / file for file in files], quoting=quoting).texts())


def repeated_imdb(folder, size, files):
    """Write IMDB as Parquet, again and again; each document ends in a word of its own."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts, number = texts_of(IMDB), 0
    for part in range(files):
        documents, left = [], size / files
        while left > 0:
            documents.append(f"{texts[number % len(texts)]} document{number}")
            left -= len(documents[-1].encode())
            number += 1
        table = pa.table({"text": documents})
        pq.write_table(table, folder / f"{part:05}.parquet", row_group_size=2000)


def real_text(folder, size, files):
    """Write lines that are runs of words of IMDB and NSMC, cut at random."""
    random = np.random.default_rng(size)
    texts = [" ".join(text.splitlines()) for text in texts_of(IMDB) + texts_of(NSMC)]
    random.shuffle(texts)
    lengths = np.array([len(text.encode()) for text in texts])
    text = " ".join(texts).encode()
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord(" "))
    for part in range(files):
        with (folder / f"{part:05}.txt").open("wb") as file:
            while file.tell() < size / files:
                first = random.integers(len(ends) - 1, size=1000)
                last = np.searchsorted(ends, ends[first] + random.choice(lengths, 1000))
                cuts = zip(ends[first] + 1, ends[np.minimum(last, len(ends) - 1)], strict=True)
                file.write(b"".join(text[start:end] + b"\n" for start, end in cuts))


def distinct_words(folder, words, files):
    """Write the word of rank r max(1, words / 4r) times, all in an order that is none."""
    random = np.random.default_rng(words)
    times = np.maximum(1, words // 4 // np.arange(1, words + 1))
    tokens = np.repeat(np.arange(words, dtype=np.uint32), times)
    random.shuffle(tokens)
    hexadecimal = np.frombuffer(b"0123456789abcdef", np.uint8)
    shifts = np.arange(28, -1, -4, dtype=np.uint32)
    for part, own in enumerate(np.array_split(tokens, files)):
        # An odd factor turns different numbers of 32 bits into different ones.
        letters = hexadecimal[(own * np.uint32(0x9E3779B1))[:, None] >> shifts & 15]
        rows = np.column_stack([letters, np.full(len(own), ord(" "), np.uint8)])
        rows[WORDS_A_LINE - 1 :: WORDS_A_LINE, -1] = ord("\n")
        (folder / f"{part:05}.txt").write_bytes(rows.tobytes())


if __name__ == "__main__":
    main()
