"""Autotuning against the defaults and against fastText's autotuning, in the same time.

    python tests/benchmarks/autotuning.py sst2 trec --seconds 60 --seeds 0 1 2
    python tests/benchmarks/autotuning.py imdb --seconds 60 300 --threads 1 --together
    python tests/benchmarks/autotuning.py --show --output autotuning.jsonl

All train on the same texts and validate on the same: the corpus's own validation file, or a tenth
of the training texts that textseq draws by the seed. Each run is a process of its own, from the
file to the saved model, which then labels the test texts. Three tools:

    default    `textseq classify train`, which has no time limit
    autotune   `textseq classify train --autotune SECONDS`
    fasttext   fastText's autotuneValidationFile and autotuneDuration, of lower-cased texts whose
               punctuation marks are tokens; `pip install fasttext-numpy2` (--peer none: without).
               It runs with its default of 12 threads, on the processors of the others: with fewer
               than ten, it leaves a part of its vectors uninitialized, and ends with a NaN or never

With --together, `autotune` and `fasttext` run at the same time, each on processors of its own: a
fair pair in half the time. Runs are appended to a file of JSON lines, and those that it has are not
repeated, so that a run that was stopped goes on; a run that fails, or takes five times its seconds
and two minutes, is written as failed. `wall` is of the whole command, in seconds, and
`peak` the memory of its largest process, in megabytes.
"""

import argparse
import contextlib
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from accuracy import CLASSIFY, CORPORA, DATA  # noqa: E402
from frontier import print_markdown, say, size  # noqa: E402
from frontier_tools import read  # noqa: E402

TOOLS = ("default", "autotune", "fasttext")
PEER_THREADS = 12


def main():
    """Run what is not in the file, and print the tables; or be one of the processes that train."""
    if sys.argv[1:2] == ["peer"]:
        peer(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help=" or ".join(CORPORA))
    parser.add_argument("--seconds", type=int, nargs="+", default=[60])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--peer", choices=["fasttext", "none"], default="fasttext")
    parser.add_argument("--tools", choices=TOOLS, nargs="+", default=TOOLS)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each process")
    parser.add_argument("--together", action="store_true", help="autotune beside fasttext")
    parser.add_argument("--output", type=Path, default=Path("autotuning.jsonl"))
    parser.add_argument("--show", action="store_true", help="only print the tables of the file")
    options = parser.parse_args()
    for name in options.sets:
        if name not in CORPORA:
            parser.error(f"no set {name!r}; choose from {', '.join(CORPORA)}")
    options.tools = [tool for tool in options.tools if tool != "fasttext" or options.peer == tool]
    if not options.show:
        measure_all(options)
    show(load(options.output))


def load(path):
    """Return the runs in a file; a line that was cut off by a kill is none."""
    runs = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        with contextlib.suppress(ValueError):
            runs.append(json.loads(line))
    return runs


def key(run):
    """Return what names a run; the defaults have no time limit."""
    seconds = None if run["tool"] == "default" else run["seconds"]
    return run["tool"], run["set"], run["seed"], run["threads"], seconds


def measure_all(options):
    """Append every run that the file does not have."""
    done = {key(run) for run in load(options.output)}
    for corpus, seconds, seed in itertools.product(options.sets, options.seconds, options.seeds):
        runs = [
            {"tool": tool, "set": corpus, "seed": seed, "threads": options.threads}
            | {"seconds": None if tool == "default" else seconds}
            for tool in options.tools
        ]
        runs = [run for run in runs if key(run) not in done]
        if not runs:
            continue
        with tempfile.TemporaryDirectory() as folder:
            write_parts(corpus, seed, Path(folder))
            for found in measured(runs, Path(folder), options):
                done.add(key(found))
                with options.output.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(found) + "\n")
                say(json.dumps(found))


def write_parts(corpus, seed, folder):
    """Write the texts to train on and those to validate on as JSON lines, and for fastText."""
    from textseq.classifier.split import train_val_split

    training, validation, _, quoting = CORPORA[corpus]
    texts, labels = read(DATA / training, quoting)
    if validation:
        parts = {"training": (texts, labels), "validation": read(DATA / validation, quoting)}
    else:
        _, targets = np.unique(labels, return_inverse=True)
        chosen = zip(("training", "validation"), train_val_split(targets, None, seed), strict=True)
        parts = {
            name: ([texts[i] for i in part], [labels[i] for i in part]) for name, part in chosen
        }
    for name, part in parts.items():
        pairs = [*zip(*part, strict=True)]
        rows = (json.dumps({"text": text, "label": label}) + "\n" for text, label in pairs)
        (folder / f"{name}.jsonl").write_text("".join(rows), encoding="utf-8")
        lines = (f"__label__{label} {marks(text)}\n" for text, label in pairs)
        (folder / f"{name}.txt").write_text("".join(lines), encoding="utf-8")


def marks(text):
    """Return a text as fastText's tutorial prepares it: lower case, marks as tokens."""
    return " ".join(re.findall(r"[\w']+|[^\w\s]", text.lower()))


def measured(runs, folder, options):
    """Yield the figures of runs, two at a time where they run together."""
    processors = sorted(os.sched_getaffinity(0))
    alone = [run for run in runs if run["tool"] == "default" or not options.together]
    pair = [run for run in runs if run not in alone]
    for run in alone:
        yield measure(run, folder, processors[: options.threads])
    if not pair:
        return
    shares = [processors[i * options.threads :][: options.threads] for i in range(len(pair))]
    if not all(shares):
        sys.exit(f"--together needs {2 * options.threads} processors; give fewer --threads")
    with ThreadPoolExecutor(len(pair)) as pool:
        futures = [
            pool.submit(measure, run, folder, share)
            for run, share in zip(pair, shares, strict=True)
        ]
        for future in futures:
            yield future.result()


def measure(run, folder, processors):
    """Return the run with its figures, or with why it failed."""
    try:
        return run | train_and_test(run, folder, processors)
    except RuntimeError as error:
        return run | {"failed": (str(error).splitlines() or ["it was killed"])[-1]}


def train_and_test(run, folder, processors):
    """Train, and label the test texts: return the figures of a run."""
    limit = None if run["seconds"] is None else 5 * run["seconds"] + 120
    _, _, test, quoting = CORPORA[run["set"]]
    test = DATA.resolve() / test
    with tempfile.TemporaryDirectory(dir=folder) as work:
        model = Path(work) / "model"
        load = os.getloadavg()[0]
        if run["tool"] == "fasttext":
            command = [sys.executable, __file__, "peer", folder, model, run["seconds"]]
            command += [run["seed"], PEER_THREADS, test, quoting]
            wall, peak, output = timed(command, run["threads"], processors, limit)
            found = json.loads(output.splitlines()[-1])
            wall -= found.pop("label_wall")
        else:
            command = [*CLASSIFY, "train", folder / "training.jsonl", "--output", model]
            command += ["--validation", folder / "validation.jsonl", "--seed", run["seed"]]
            if run["tool"] == "autotune":
                command += ["--autotune", run["seconds"]]
            wall, peak, _ = timed(command, run["threads"], processors, limit)
            command = [*CLASSIFY, "evaluate", model, test, "--quoting", quoting, "--json"]
            evaluated = json.loads(timed(command, run["threads"], processors)[2])
            found = {"test": 100 * evaluated["accuracy"], **what_was_tried(model)}
        found["megabytes"] = size(model) / 1e6
    figures = {"wall": wall, "peak": peak, "load": load, **found}
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in figures.items()}


def what_was_tried(model):
    """Return the validation accuracy, the number of trials, and the settings that were chosen."""
    metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    found = {"validation": 100 * metrics["validation"]["together"]}
    trials = metrics.get("trials")
    if trials:
        chosen = [trial for trial in trials if trial["chosen"]][-1]
        found |= {"trials": len(trials), "chosen": chosen["settings"]}
        found["complete"] = chosen["complete"]
    return found


def timed(command, threads, processors, limit=None):
    """Run a command on some processors; return its seconds, its peak memory, and its output.

    Raises:
        RuntimeError: It failed, or took longer than the limit.
    """
    names = ("TEXTSEQ_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
    env = {**os.environ, **dict.fromkeys(names, str(threads))}
    env["PYTHONPATH"] = str(HERE.parents[1])
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=errors, env=env)
        os.sched_setaffinity(process.pid, processors)
        alarm = threading.Timer(limit or 1e6, process.kill)
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        alarm.cancel()
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode < 0:
            raise RuntimeError(f"it was killed after {wall:.0f} seconds")
        if process.returncode:
            raise RuntimeError(errors.read())
        return wall, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6, out.read()


def peer(folder, model, seconds, seed, threads, test, quoting):
    """Train with fastText's autotuning, save, and label the test texts; print what came of it."""
    import fasttext

    texts, labels = read(test, quoting)
    trained = fasttext.train_supervised(
        input=f"{folder}/training.txt", autotuneValidationFile=f"{folder}/validation.txt",
        autotuneDuration=int(seconds), thread=int(threads), seed=int(seed), verbose=0,
    )  # fmt: skip
    trained.save_model(model)
    started = time.perf_counter()
    answers = trained.predict([marks(text) for text in texts])[0]
    right = [
        found[0].removeprefix("__label__") == label
        for found, label in zip(answers, labels, strict=True)
    ]
    took = time.perf_counter() - started
    print(json.dumps({"test": 100 * statistics.mean(right), "label_wall": took}))


def show(runs):
    """Print a table of each set and time: means of the seeds, and each seed's test accuracy."""
    for corpus, seconds in sorted(
        {(run["set"], run["seconds"]) for run in runs if run["seconds"]}, key=str
    ):
        chosen = [run for run in runs if run["set"] == corpus and run["seconds"] in (None, seconds)]
        lines = [("tool", "test", "seeds", "worst against default", "wall", "peak", "model")]
        for tool in TOOLS:
            own = [run for run in chosen if run["tool"] == tool and "failed" not in run]
            own.sort(key=lambda run: run["seed"])
            if own:
                lines.append(table_line(tool, own, chosen))
        print(f"\n## {corpus}, {seconds} s\n")
        print_markdown(lines)
        for run in chosen:
            if "failed" in run:
                print(f"{run['tool']}, seed {run['seed']}: {run['failed']}")
            elif run["tool"] == "autotune":
                print(f"seed {run['seed']}: {run['trials']} trials, chosen {run['chosen']}")


def table_line(tool, own, chosen):
    """Return the line of a tool."""
    usual = {
        run["seed"]: run["test"] for run in chosen if run["tool"] == "default" and "test" in run
    }
    against = [run["test"] - usual[run["seed"]] for run in own if run["seed"] in usual]
    return (
        tool,
        f"{statistics.mean(run['test'] for run in own):.2f}",
        " ".join(f"{run['test']:.2f}" for run in own),
        f"{min(against):+.2f}" if against else "",
        f"{max(run['wall'] for run in own):.1f}",
        f"{max(run['peak'] for run in own):.0f}",
        f"{max(run['megabytes'] for run in own):.1f}",
    )


if __name__ == "__main__":
    main()
