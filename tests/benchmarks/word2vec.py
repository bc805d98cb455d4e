"""Word vectors against gensim and fastText: how fast, how good, and in how much memory.

    python tests/benchmarks/word2vec.py speed --rounds 3     # with pip install fasttext-wheel, too
    python tests/benchmarks/word2vec.py quality --seeds 1 2 3 --algorithms cbow skipgram
    python tests/benchmarks/word2vec.py shards --counts 1 2 4 8
    python tests/benchmarks/word2vec.py neighbours
    python tests/benchmarks/word2vec.py memory --gigabytes 1 --max-vocab 1000000

Reads IMDB (train and val) and NSMC from $TEXTSEQ_DATA or ../shared/data.

speed: size 100, window 5, negative 5, min_count 5, one epoch, two threads. Ours is the command
`textseq train-w2v` from the CSV to the vectors; the others get the tokens ready made, in a file or
in lists, count the words themselves, train, and save. Each run is a process of its own, rounds
alternate, and two times are told: of the whole process, and of the work without imports. The
processor's seconds, of all threads together, stand beside the clock's: on a machine that does other
work too they are the steadier figure.

quality: Spearman's rank correlation with WordSim-353 after five epochs on two threads, of ours and
of gensim from lists of the same tokens with the same settings.

shards: the same correlation of vectors that were trained on 1, 2, 4 and 8 shards of the documents,
drawn at random, and averaged word by word; and the mean of what each shard's vectors reach alone.
All have the words of the whole (those that occur five times in it), and start from the same vectors
(--starts own: each from its own).

memory: a text with ten million different words, each at least once, the rest drawn by Zipf's law.
"""

import argparse
import dataclasses
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DATA = Path(os.environ.get("TEXTSEQ_DATA", Path(__file__).parents[3] / "shared" / "data"))
IMDB = [str(DATA / "imdb" / name) for name in ("train.csv", "val.csv")]
SETTINGS = {"vector_size": 100, "window": 5, "negative": 5, "min_count": 5, "workers": 2}
PAIRS = "wordsim353.tsv"
ENGLISH = ["good", "bad", "movie", "actor", "funny", "music", "war", "love", "doctor", "car"]
WHAT = ["speed", "quality", "shards", "neighbours", "memory", "run"]
KOREAN = ["영화", "재미", "배우", "연기", "감동", "최고", "쓰레기", "음악", "사랑", "공포"]


def main():
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=WHAT)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--algorithms", nargs="+", default=["cbow", "skipgram"])
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 2, 4, 8], help="of shards")
    parser.add_argument("--starts", choices=["same", "own"], nargs="+", default=["same"])
    parser.add_argument("--fasttext-python", help="a Python that has fastText, if this has not")
    parser.add_argument("--gigabytes", type=float, default=1)
    parser.add_argument("--max-vocab", type=int, default=1_000_000)
    parser.add_argument("--text", help="the text for memory; generated if it is not there")
    parser.add_argument("--folder", help="where to put temporary files")
    options = parser.parse_args()
    if options.what == "run":
        run(*options.arguments)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        globals()[options.what](Path(folder), options)


def write_tokens(path):
    """Write the tokens of IMDB, a document a line."""
    from textseq import Tokenizer, read_corpus

    with path.open("w", encoding="utf-8") as file:
        for words in Tokenizer().tokenize(read_corpus(IMDB).text_arrays()):
            # Words that hold white space other than a space would be cut in two.
            file.write(" ".join(word for word in words if word.split() == [word]) + "\n")


def speed(folder, options):
    """Print the medians of each contender, and how many times as fast ours is."""
    tokens = folder / "tokens.txt"
    write_tokens(tokens)
    words = sum(len(line.split(" ")) for line in tokens.open(encoding="utf-8"))
    pythons = dict.fromkeys(["textseq", "gensim file", "gensim lists"], sys.executable)
    pythons["fastText"] = options.fasttext_python or sys.executable
    print(f"{words:,} words; load {os.getloadavg()[0]:.1f}")
    for algorithm in options.algorithms:
        runs = {name: [] for name in pythons}
        for _ in range(options.rounds):
            for name, python in pythons.items():
                command = [python, __file__, "run", name, algorithm, str(tokens), str(folder)]
                started = time.perf_counter()
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                whole = time.perf_counter() - started
                if done.returncode:
                    print(f"{name} failed: {done.stderr.splitlines()[-1:]}")
                else:
                    runs[name].append({"whole": whole, **json.loads(done.stdout.splitlines()[-1])})
        show_speeds(algorithm, runs, words)


def show_speeds(algorithm, runs, words):
    """Print a table; a ratio is the median of those of the rounds, in which runs alternated."""
    kinds = {"whole": "process s", "work": "work s", "cpu": "work CPU s"}
    print(f"{algorithm:14}" + "".join(f" {kind:>10} {'ratio':>6}" for kind in kinds.values()))
    for name, rounds in runs.items():
        row = f"{name:14}"
        for kind in kinds if rounds else ():
            ratios = [
                one[kind] / ours[kind] for one, ours in zip(rounds, runs["textseq"], strict=False)
            ]
            figure = statistics.median(one[kind] for one in rounds)
            row += f" {figure:10.2f} {statistics.median(ratios):6.2f}"
        if rounds:
            row += (
                f"  {words / statistics.median(one['work'] for one in rounds) / 1e6:.2f} Mwords/s"
            )
        print(row, flush=True)


def run(name, algorithm, tokens, folder):
    """Train once, and print the seconds without imports."""
    work = CONTENDERS[name](algorithm, tokens, folder)
    started = time.perf_counter(), time.process_time()
    work()
    ended = time.perf_counter(), time.process_time()
    print(json.dumps({"work": ended[0] - started[0], "cpu": ended[1] - started[1]}))


def ours(algorithm, tokens, folder):
    """Return the command, with what it imports imported."""
    from typer.testing import CliRunner

    import textseq.word2vec.training  # noqa: F401  (imported before the clock starts)
    from textseq.cli.app import app
    from textseq.tokenizer.engine.counting import load_kernels

    load_kernels()
    options = ["--algorithm", algorithm, "--epochs", "1", "--workers", "2", "--force"]
    command = ["train-w2v", *IMDB, *options, "--output", f"{folder}/ours.bin"]

    def work():
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output

    return work


def gensim_file(algorithm, tokens, folder):
    """Return gensim's training from a file of tokens."""
    from gensim.models import Word2Vec

    def work():
        model = Word2Vec(corpus_file=tokens, sg=algorithm == "skipgram", epochs=1, **SETTINGS)
        model.wv.save_word2vec_format(f"{folder}/gensim.bin", binary=True)

    return work


def gensim_lists(algorithm, tokens, folder):
    """Return gensim's training from lists of tokens in memory."""
    from gensim.models import Word2Vec

    with Path(tokens).open(encoding="utf-8") as file:
        sentences = [line.split() for line in file]

    def work():
        model = Word2Vec(sentences, sg=algorithm == "skipgram", epochs=1, **SETTINGS)
        model.wv.save_word2vec_format(f"{folder}/lists.bin", binary=True)

    return work


def fast_text(algorithm, tokens, folder):
    """Return fastText's training without n-grams, which is word2vec; it saves its own format."""
    import fasttext

    def work():
        model = fasttext.train_unsupervised(
            tokens, model=algorithm, dim=100, ws=5, neg=5, minCount=5, epoch=1, thread=2,
            lr=0.025, t=1e-3, maxn=0, minn=0, verbose=0,
        )  # fmt: skip
        model.save_model(f"{folder}/fasttext.bin")

    return work


CONTENDERS = {
    "textseq": ours,
    "gensim file": gensim_file,
    "gensim lists": gensim_lists,
    "fastText": fast_text,
}


def quality(folder, options):
    """Print Spearman's rho of both for each seed."""
    from gensim.models import Word2Vec
    from gensim.test.utils import datapath

    from textseq import Tokenizer, read_corpus, word2vec

    tokenizer, corpus = Tokenizer(), read_corpus(IMDB)
    tokenizer.fit_on_texts(corpus.text_arrays())
    sequences = tokenizer.encode(corpus.text_arrays())
    sentences = list(tokenizer.decode(sequences))
    for algorithm in options.algorithms:
        differences = []
        for seed in options.seeds:
            settings = word2vec.Word2VecConfig(algorithm=algorithm, seed=seed, **SETTINGS)
            vectors = word2vec.train_on_ids([sequences], tokenizer.index_word, settings)
            model = Word2Vec(sentences, sg=algorithm == "skipgram", epochs=5, seed=seed, **SETTINGS)
            pair = [word2vec.evaluate(v, datapath(PAIRS)) for v in (vectors, model.wv)]
            differences.append(pair[0].spearman - pair[1].spearman)
            print(
                f"{algorithm}, seed {seed}: textseq {pair[0].spearman:.3f}, gensim "
                f"{pair[1].spearman:.3f} on {pair[0].pairs} pairs",
                flush=True,
            )
        print(f"{algorithm}: mean difference {statistics.mean(differences):+.3f}", flush=True)


def shards(folder, options):
    """Print Spearman's rho for each number of shards: averaged, and each shard's by itself."""
    from gensim.test.utils import datapath

    from textseq import Tokenizer, read_corpus, word2vec

    tokenizer, corpus = Tokenizer(), read_corpus(IMDB)
    tokenizer.fit_on_texts(corpus.text_arrays())
    sequences = tokenizer.encode(corpus.text_arrays())
    print(f"{len(sequences.ids):,} words; load {os.getloadavg()[0]:.1f}")
    for algorithm, start, count in itertools.product(
        options.algorithms, options.starts, options.counts
    ):
        rho = []
        for seed in options.seeds:
            settings = word2vec.Word2VecConfig(algorithm=algorithm, seed=seed, **SETTINGS)
            trained = train_shards(tokenizer, sequences, settings, count, start)
            mean, *alone = (
                word2vec.evaluate(vectors, datapath(PAIRS)).spearman
                for vectors in (average(trained), *trained)
            )
            rho.append((mean, statistics.mean(alone)))
        averaged, alone = (
            f"{statistics.mean(of):.3f} ({min(of):.3f} to {max(of):.3f})"
            for of in zip(*rho, strict=True)
        )
        print(f"{algorithm}, {count} shards, {start} start: averaged {averaged}, alone {alone}",
              flush=True)  # fmt: skip


def train_shards(tokenizer, sequences, settings, count, start):
    """Return the vectors of each shard; rare are the words that are rare in the whole."""
    import numpy as np
    from gensim.models import KeyedVectors

    from textseq import word2vec

    words, random = tokenizer.index_word, np.random.default_rng(settings.seed)
    sizes = np.bincount(sequences.ids, minlength=len(words) + 1)
    rare = np.flatnonzero(sizes < settings.min_count).tolist()
    common = KeyedVectors(settings.vector_size)
    names = [words[i] for i in np.flatnonzero(sizes >= settings.min_count).tolist()]
    shape = len(names), settings.vector_size
    common.add_vectors(names, (random.random(shape, np.float32) - 0.5) / settings.vector_size * 2)
    trained = []
    for k, part in enumerate(np.array_split(random.permutation(len(sequences)), count)):
        seed = settings.seed if start == "same" else 1000 * settings.seed + k
        own = dataclasses.replace(settings, min_count=1, seed=seed)
        vectors = word2vec.train_on_ids(
            [sequences[np.sort(part)]], words, own, without=rare,
            init=common if start == "same" else None,
        )  # fmt: skip
        trained.append(vectors)
    return trained


def average(trained):
    """Return the mean vector of each word, of those that have one."""
    import numpy as np
    from gensim.models import KeyedVectors

    names = list(dict.fromkeys(word for vectors in trained for word in vectors.index_to_key))
    row = {name: i for i, name in enumerate(names)}
    total = np.zeros((len(names), trained[0].vector_size), np.float32)
    holders = np.zeros((len(names), 1), np.float32)
    for vectors in trained:
        rows = [row[name] for name in vectors.index_to_key]
        total[rows] += vectors.vectors
        holders[rows] += 1
    mean = KeyedVectors(trained[0].vector_size)
    mean.add_vectors(names, total / holders)
    return mean


def neighbours(folder, options):
    """Print the neighbours of ten words of either language, with the defaults."""
    from textseq import Tokenizer, read_corpus, word2vec

    for corpus, words in (
        (read_corpus(IMDB), ENGLISH),
        (read_corpus(DATA / "nsmc" / "ratings_train.txt", quoting="none"), KOREAN),
    ):
        tokenizer = Tokenizer()
        tokenizer.fit_on_texts(corpus.text_arrays())
        vectors = word2vec.train_on_ids(
            tokenizer.encode_batches(corpus.text_arrays()),
            tokenizer.index_word,
            word2vec.Word2VecConfig(),
        )
        for word in words:
            near = ", ".join(name for name, _ in word2vec.neighbours(vectors, word, count=6))
            print(f"{word}: {near}", flush=True)


def memory(folder, options):
    """Print the largest memory of the command on a text with ten million different words.

    A window and a noise word of one train faster than the defaults, in as much memory.
    """
    text = Path(options.text) if options.text else folder / "many.txt"
    if not text.exists():
        generate(text, options.gigabytes)
    command = [sys.executable, "-c", "from textseq.cli.app import main; main()", "train-w2v"]
    command += [str(text), "--epochs", "1", "--window", "1", "--negative", "1", "--output"]
    command += [str(folder / "many.bin"), "--max-vocab", str(options.max_vocab)]
    started = time.perf_counter()
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(done.stderr)
    print(f"{text.stat().st_size / 1e9:.2f} GB: status {done.returncode}, {seconds:.0f} s, "
          f"at most {peak:,.0f} MiB")  # fmt: skip


def generate(path, gigabytes, different=10_000_000, at_once=1_000_000):
    """Write a text in which each of so many words occurs, and some often."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = pa.array(np.arange(different)).cast(pa.string())
    words = pc.binary_join_element_wise(numbers, "", " ")  # a space after each
    random = np.random.default_rng(1)
    rare = np.array_split(random.permutation(different), different // at_once)
    with path.open("wb") as file:
        while file.tell() < gigabytes * 1e9 or rare:
            # The logarithm of a rank is uniform where its chance is one divided by it.
            drawn = (different ** random.random(at_once)).astype(np.int64) - 1
            if rare:
                drawn = random.permutation(np.concatenate([drawn, rare.pop()]))
            _, offsets, data = words.take(pa.array(drawn)).buffers()
            ends = np.frombuffer(offsets, np.int32)[: len(drawn) + 1]
            text = np.frombuffer(data, np.uint8)[: ends[-1]].copy()
            text[ends[20::20] - 1] = ord("\n")
            file.write(text)


if __name__ == "__main__":
    main()
