"""What it costs to train a classifier's networks on shards: accuracy and processor seconds.

    python tests/benchmarks/shards.py imdb nsmc --output shards.jsonl
    python tests/benchmarks/shards.py imdb nsmc --output shards.jsonl --longer --more --seeds 0
    python tests/benchmarks/shards.py --output shards.jsonl      # only prints the table
    python tests/benchmarks/shards.py imdb --clock               # on a machine that is idle

Reads the corpora from $TEXTSEQ_DATA or ../shared/data. The texts are prepared once for each seed,
so that all ways share the tokenizer, the ids, the validation texts and the settings, which are
those of the default preset at the size of the whole. Ways to train 1, 2 or 4 networks:

    linear model alone
    whole            each on all texts; one is what `textseq classify train` trains (more: --more)
    shards           each on its own part of the texts, drawn at random
    shards, longer   so, with the epochs multiplied by the shards: as many steps (--longer)
    a quarter        `textseq classify train` on a quarter of the texts, drawn at random (--quarter)

The networks start from other seeds, and their probabilities are averaged. The linear model beside
them is always the one of all texts, and its weight is fitted on the validation texts. Nothing is
chosen on the test texts. Figures:

    test, validation   accuracy in percent
    networks           accuracy on the test texts without the linear model
    CPU                processor seconds of all networks, without those of the linear model
    longest            of the slowest network: what a cluster waits for that trains one an executor

--clock prints the seconds by the clock of 1, 2 and 4 networks on all texts, one after the other on
all processors, and each in a process of its own with a thread, as many at once as processors.
"""

import argparse
import json
import multiprocessing
import os
import pickle
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from accuracy import CORPORA, DATA
from frontier import load_runs, print_markdown, say

LINEAR, WHOLE, SHARDS, LONGER = "linear model alone", "whole", "shards", "shards, longer"
QUARTER = "a quarter of the texts"
WAYS = [LINEAR, WHOLE, SHARDS, LONGER, QUARTER]
ACCURACIES = ("validation", "test", "networks")
FIGURES = (*ACCURACIES, "CPU", "longest")


def main():
    """Run what is not in the file of runs, and print the table; or watch the clock."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", choices=["imdb", "nsmc"], nargs="*")
    parser.add_argument("--output", type=Path, default=Path("shards.jsonl"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 2, 4], help="of networks")
    parser.add_argument("--longer", action="store_true", help="also shards with more epochs")
    parser.add_argument("--quarter", action="store_true", help="only a quarter of the texts")
    parser.add_argument("--more", action="store_true", help="also more networks on all texts")
    parser.add_argument("--clock", action="store_true", help="seconds, and not accuracy")
    parser.add_argument("--limit", type=int, help="only so many training texts, to try it")
    options = parser.parse_args()
    if options.clock:
        for name in options.sets:
            watch_the_clock(name, options)
        return
    for name in options.sets:
        for seed in options.seeds:
            (measure_quarter if options.quarter else measure)(name, seed, options)
    show(load_runs(options.output))


def measure(name, seed, options):
    """Append the runs of a corpus and a seed that the file does not have."""
    from textseq.classifier.training import spec_of, train

    asked = {SHARDS: True, LONGER: options.longer, WHOLE: options.more}
    several = [count for count in options.counts if count > 1]
    ways = [(LINEAR, 0), (WHOLE, 1)]
    ways += [(way, count) for way in asked if asked[way] for count in several]
    done = {tuple(run[key] for key in ("set", "seed", "way", "count"))
            for run in load_runs(options.output)}  # fmt: skip
    ways = [(way, count) for way, count in ways if (name, seed, way, count) not in done]
    if not ways:
        return
    data, test = prepared(name, seed, options.limit)
    trained = {}  # a network on all texts is a member of several ensembles
    # One epoch, as only the linear model is wanted, which does not depend on the network.
    linear = train(replace(data, config=data.config.replace(networks=1, epochs=1))).linear
    for way, count in ways:
        load, networks, seconds = os.getloadavg()[0], [], []
        for key, member in members(data, way, count):
            if key not in trained:
                began = time.process_time()
                weights = train(member).networks[0]
                taken = time.process_time() - began
                trained[key] = Remembering(spec_of(data).numpy_network(weights)), taken
            networks.append(trained[key][0])
            seconds.append(trained[key][1])
        found = accuracies(data, networks, linear, test)
        found |= {"CPU": sum(seconds), "longest": max(seconds, default=0)}
        run = {"set": name, "seed": seed, "way": way, "count": count, "load": round(load, 1)}
        append(options.output, run, found)


def measure_quarter(name, seed, options):
    """Append the run of training everything on a quarter of the texts."""
    from textseq.classifier.training import spec_of, train

    data, test = prepared(name, seed, options.limit, share=0.25)
    load, began = os.getloadavg()[0], time.process_time()
    trained = train(data)
    seconds = time.process_time() - began
    networks = [Remembering(spec_of(data).numpy_network(one)) for one in trained.networks]
    found = accuracies(data, networks, trained.linear, test) | {"CPU": seconds, "longest": seconds}
    run = {"set": name, "seed": seed, "way": QUARTER, "count": len(networks)}
    append(options.output, {**run, "load": round(load, 1)}, found)


def append(path, run, found):
    """Append a run to the file of runs."""
    run = run | {key: round(figure, 3) for key, figure in found.items()}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(run) + "\n")
    say(json.dumps(run))


def prepared(name, seed, limit, share=1.0):
    """Return the training data of a corpus, and the ids and classes of its test texts."""
    from textseq import read_corpus
    from textseq.classifier.config import ClassifierConfig
    from textseq.classifier.data import prepare
    from textseq.classifier.labels import encode_labels
    from textseq.classifier.texts import encode
    from textseq.classifier.training import train

    *names, quoting = CORPORA[name]
    training, validation, test = (
        file and read_corpus(DATA / file, quoting=quoting, labels=True).read() for file in names
    )
    training = training.slice(0, limit)
    chosen = np.random.default_rng(seed).permutation(len(training))[: round(share * len(training))]
    training = training.take(np.sort(chosen))
    pair = validation and (validation["text"], validation["label"])
    config = ClassifierConfig(seed=seed)
    data = prepare(training["text"], training["label"], config, validation_data=pair)
    train(replace(data, training=some(data.training, range(200))))  # compiles the loops
    classes = encode_labels(np.array(test["label"].to_pylist()), data.classes)
    return data, (encode(data.tokenizer, test["text"], data.vocabulary), classes)


def some(examples, positions):
    """Return the examples at some positions."""
    return type(examples)(*(column[list(positions)] for column in examples))


def members(data, way, count):
    """Yield a name for each network, and what it learns from: the same settings, perhaps a shard.

    The first network on all texts is the one that `textseq classify train` trains.
    """
    from textseq.network.training.networks import seeds_of

    config = data.config.replace(networks=1, linear=0)
    if way == LINEAR:
        return
    if way == LONGER:
        config = config.replace(epochs=config.epochs * count)
    texts = len(data.training.targets)
    shards = np.array_split(np.random.default_rng(config.seed).permutation(texts), count)
    for k, seed in enumerate(seeds_of(config.seed, count)):
        own = replace(data, config=config.replace(seed=seed))
        if way == WHOLE:
            yield (way, k), own
        else:
            yield (way, count, k), replace(own, training=some(data.training, np.sort(shards[k])))


class Remembering:
    """A network that answers once: it is a member of several ensembles."""

    def __init__(self, network):
        self.network, self.weights, self.known = network, network.weights, {}

    def probabilities(self, sequences):
        """Return the probabilities that the network gave to as many texts before."""
        if len(sequences) not in self.known:
            self.known[len(sequences)] = self.network.probabilities(sequences)
        return self.known[len(sequences)]


def accuracies(data, networks, linear, test):
    """Return the accuracies in percent on the validation and the test texts."""
    from textseq.classifier.ensemble import Ensemble, fit_ensemble

    sequences, classes = test
    if not networks:
        validation = share(linear.logits(data.validation.sequences), data.validation.targets)
        test = share(linear.logits(sequences), classes)
        return {"validation": validation, "test": test, "networks": 0.0}
    assert len(classes) != len(data.validation.targets)  # see `Remembering`
    ensemble = Ensemble(networks, linear, data.config.maxlen)
    fitted = fit_ensemble(ensemble, data.validation, calibrated=False)
    return {
        "validation": 100 * fitted.accuracies["together"],
        "test": share(fitted.ensemble.probabilities(sequences), classes),
        "networks": share(replace(ensemble, linear=None).probabilities(sequences), classes),
    }


def share(scores, classes):
    """Return in how many of a hundred texts the highest score is that of the class."""
    return 100 * float((scores.argmax(axis=1) == classes).mean())


def show(runs):
    """Print a table: the mean of the seeds, and of the accuracies the lowest and the highest."""
    lines = [("training", "networks", "seeds", "set", "load", *FIGURES)]
    groups = {}
    for run in runs:
        groups.setdefault((run["set"], WAYS.index(run["way"]), run["count"]), []).append(run)
    for (corpus, way, count), rounds in sorted(groups.items()):
        cells = []
        for name in FIGURES:
            of = [run[name] for run in rounds]
            spread = f" ({min(of):.2f} to {max(of):.2f})" if name in ACCURACIES else ""
            cells.append(f"{statistics.mean(of):.{2 if spread else 1}f}{spread}")
        load = f"{statistics.mean(run['load'] for run in rounds):.1f}"
        lines.append((WAYS[way], str(count), str(len(rounds)), corpus, load, *cells))
    print_markdown(lines)


def watch_the_clock(name, options):
    """Print the seconds of training networks one after the other, and in processes."""
    from textseq.classifier.training import train

    data, _ = prepared(name, options.seeds[0], options.limit)
    processors = len(os.sched_getaffinity(0))
    lines = [("networks", "one after the other", f"{processors} processes at most", "load")]
    for count in options.counts:
        load, began = os.getloadavg()[0], time.perf_counter()
        train(replace(data, config=data.config.replace(networks=count, linear=0)))
        serial = time.perf_counter() - began
        apart = in_processes([member for _, member in members(data, WHOLE, count)], processors)
        lines.append((str(count), f"{serial:.1f}", f"{apart:.1f}", f"{load:.1f}"))
    print_markdown(lines)


def in_processes(data, at_once):
    """Return the seconds of training in processes, once they have started, on a thread each."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{k}.pickle" for k in range(len(data))]
        for path, member in zip(paths, data, strict=True):
            path.write_bytes(pickle.dumps(member))
        os.environ["TEXTSEQ_THREADS"] = "1"
        spawning = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(at_once, spawning, initializer=load_training) as pool:
            list(pool.map(time.sleep, [1.0] * at_once))  # all have started
            began = time.perf_counter()
            list(pool.map(train_member, paths))
            seconds = time.perf_counter() - began
        del os.environ["TEXTSEQ_THREADS"]
    return seconds


def load_training():
    """Import in a process what training needs."""
    import textseq.classifier.training
    import textseq.network.training.packed  # noqa: F401


def train_member(path):
    """Train a network in this process."""
    from textseq.classifier.training import train

    return train(pickle.loads(path.read_bytes())).networks[0]


if __name__ == "__main__":
    main()
