"""Accuracy against wall clock, of textseq and of what people would pick instead: table and picture.

    python tests/benchmarks/frontier.py --output frontier
    python tests/benchmarks/frontier.py --output frontier --sets sst2 trec --repeat 5 --seeds 0
    python tests/benchmarks/frontier.py --output frontier --old ../before --tools textseq old
    python tests/benchmarks/frontier.py --plot-only frontier/runs.jsonl

Each run is a whole command in a process of its own, from the file to the saved model. Then others
label the test file, which gives the accuracy, and answer one sentence after the other. Rounds of
all tools alternate, so that what else the machine does touches all of them. Figures:

    wall, CPU     seconds of the training command; user and system time of all its processes
    peak          memory of the largest of its processes, in megabytes, as is the size of the model
    test          accuracy on the test texts, in percent: the mean of all runs
    label         seconds of the command that loads the model and labels the test file
    p50, p99      milliseconds of an answer to one sentence, by a process that has loaded the model

All but the accuracy are medians of the runs. textseq runs with its defaults (`textseq`), with other
presets (`textseq-fast`, `textseq-textbook`), and as it was in another checkout (`old`). Before the
first run, one on a part of each set lets kernels be compiled and kept, as happens once after
installing. The peers, `frontier_tools.py`, need `pip install fasttext-wheel scikit-learn`, here or
in the environment of --peers-python; what is not installed is left out.

Runs are appended to `runs.jsonl` in the output folder, and those in it are not repeated: a run that
was stopped goes on when started again.
"""

import argparse
import contextlib
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from accuracy import CLASSIFY, CORPORA, DATA
from frontier_tools import FASTTEXT, LINEAR, read_rows

HERE = Path(__file__).resolve().parent
TOOLS = HERE / "frontier_tools.py"
PRESETS = {
    "textseq": [],
    "textseq-fast": ["--preset", "fast"],
    "textseq-textbook": ["--preset", "textbook"],
    "old": [],
}
PEERS = [*FASTTEXT["nsmc"], *LINEAR]
KOREAN = ("fasttext-syllables", "fasttext-subwords", "tfidf-characters")
WARM_UP = {"sst2": 1_200, "trec": 1_200, "imdb": 11_000, "nsmc": 11_000}  # lines
FIGURES = ("wall", "cpu", "peak", "megabytes", "label_wall", "p50", "p99")
PLACES = (2, 2, 0, 1, 2, 3, 3)  # decimals
NAMES = ("wall", "CPU", "peak", "model", "label", "p50", "p99")


def main():
    """Run what is not in the file of runs, print the tables, and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("frontier"), help="a folder")
    parser.add_argument("--sets", choices=CORPORA, nargs="+", default=[*CORPORA])
    parser.add_argument("--tools", choices=[*PRESETS, *PEERS], nargs="+")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--repeat", type=int, default=1, help="rounds of all seeds")
    parser.add_argument("--old", type=Path, help="another checkout of textseq, to compare with")
    parser.add_argument(
        "--peers-python", default=sys.executable, help="a Python that has the peers"
    )
    parser.add_argument("--limit", type=int, help="only so many lines of each file, to try it")
    parser.add_argument("--plot-only", type=Path, metavar="FILE", help="show the runs of this file")
    options = parser.parse_args()
    if not (python := shutil.which(options.peers_python)):
        parser.error(f"--peers-python: no program {options.peers_python}")
    options.peers_python = Path(python).absolute()  # commands run in another folder
    if options.plot_only:
        show(load_runs(options.plot_only), options.plot_only.with_suffix(".png"))
        return
    options.output.mkdir(parents=True, exist_ok=True)
    runs = options.output / "runs.jsonl"
    with tempfile.TemporaryDirectory() as folder:
        measure_all(options, runs, Path(folder))
    show(load_runs(runs), options.output / "runs.png")


def load_runs(path):
    """Return the runs in a file; a line that was cut off by a kill is none."""
    runs = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        with contextlib.suppress(ValueError):
            runs.append(json.loads(line))
    return runs


def key(run):
    """Return what names a run."""
    return tuple(run[name] for name in ("tool", "set", "seed", "repetition", "limit"))


def measure_all(options, path, folder):
    """Append every run that the file does not have, in rounds of all tools."""
    tools = installed_tools(options)
    done = {key(run) for run in load_runs(path)}
    rounds = itertools.product(range(options.repeat), options.sets, options.seeds, tools)
    wanted = [
        {"tool": tool, "set": corpus, "seed": seed, "repetition": number, "limit": options.limit}
        for number, corpus, seed, tool in rounds
        if corpus == "nsmc" or tool not in KOREAN
    ]
    wanted = [run for run in wanted if key(run) not in done]
    say(f"{len(wanted)} runs to do, {len(done)} in {path}")
    for tool, corpus in dict.fromkeys((run["tool"], run["set"]) for run in wanted):
        if tool in PRESETS:
            lines = min(WARM_UP[corpus], options.limit or WARM_UP[corpus])
            measured({"tool": tool, "set": corpus, "seed": 0, "limit": lines}, options, folder)
    for run in wanted:
        load = os.getloadavg()[0]
        found = measured(run, options, folder)
        if found is None:
            continue
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**run, "load": round(load, 1), **found}) + "\n")
        say(f"{run['tool']} on {run['set']}, seed {run['seed']}: {json.dumps(found)}")


def installed_tools(options):
    """Return the tools asked for that can run."""
    tools = options.tools or [*PRESETS, *PEERS]
    if "old" in tools and not options.old:
        tools = [tool for tool in tools if tool != "old"]
        say("old is left out: name a checkout with --old")
    for module, package in (("fasttext", "fasttext-wheel"), ("sklearn", "scikit-learn")):
        peers = [
            tool for tool in tools if tool in PEERS and (tool in LINEAR) == (module == "sklearn")
        ]
        command = [options.peers_python, "-c", f"import {module}"]
        if peers and subprocess.run(command, check=False, capture_output=True).returncode:
            tools = [tool for tool in tools if tool not in peers]
            say(f"{', '.join(peers)}: left out; {options.peers_python} -m pip install {package}")
    return tools


def measured(run, options, folder):
    """Return the figures of a run, or None if it fails, and say why."""
    try:
        return measure(run, options, folder)
    except RuntimeError as error:
        say(f"{run['tool']} on {run['set']} failed: {error}")
        return None


def measure(run, options, folder):
    """Train, label the test file, and answer single sentences: return the figures of a run."""
    training, validation, test, quoting = CORPORA[run["set"]]
    names = {"training": training, "validation": validation, "test": test}
    files = {
        kind: shortened(DATA.resolve() / name, run["limit"], folder)
        for kind, name in names.items()
        if name
    }
    checkout = options.old if run["tool"] == "old" else HERE.parents[1]
    env = {**os.environ, "PYTHONPATH": str(checkout.resolve()), "TF_CPP_MIN_LOG_LEVEL": "3"}
    with tempfile.TemporaryDirectory(dir=folder) as work:
        model, answers = Path(work) / "model", Path(work) / "answers"
        make = textseq_commands if run["tool"] in PRESETS else peer_commands
        train, predict, warm = make(run, files, quoting, str(model), options)
        found = dict(zip(("wall", "cpu", "peak"), timed(train, answers, env), strict=True))
        found["megabytes"] = size(model) / 1e6
        labelled = timed(predict, answers, env)
        found |= dict(zip(("label_wall", "label_cpu", "label_peak"), labelled, strict=True))
        found["accuracy"] = 100 * accuracy(answers, files["test"], quoting)
        timed(warm, answers, env)
        found |= json.loads(answers.read_text())
    return {name: round(figure, 4) for name, figure in found.items()}


def textseq_commands(run, files, quoting, model, options):
    """Return the commands that train, predict, and answer single sentences."""
    reading = ["--quoting", quoting]
    train = [*CLASSIFY, "train", files["training"], "--output", model, *reading]
    train += ["--seed", str(run["seed"]), *PRESETS[run["tool"]]]
    if "validation" in files:
        train += ["--validation", files["validation"]]
    predict = [*CLASSIFY, "predict", model, "--input", files["test"], *reading]
    warm = [sys.executable, TOOLS, "warm", "textseq", run["set"], files["test"], quoting, model]
    return train, predict, warm


def peer_commands(run, files, quoting, model, options):
    """Return the same of a peer."""
    return [
        [options.peers_python, TOOLS, what, run["tool"], run["set"], files[kind], quoting, model,
         "--seed", str(run["seed"])]
        for what, kind in (("train", "training"), ("predict", "test"), ("warm", "test"))
    ]  # fmt: skip


def shortened(path, limit, folder):
    """Return the path of a file, or of a copy of its first lines."""
    if limit is None:
        return path
    copy = folder / f"{limit}-{path.parent.name}-{path.name}"
    if not copy.exists():
        with path.open(encoding="utf-8", newline="") as file:
            copy.write_text(
                "".join(itertools.islice(file, limit + 1)), encoding="utf-8", newline=""
            )
    return copy


def timed(command, output, env):
    """Run a command; return its seconds, those of the processor, and its peak in megabytes.

    Raises:
        RuntimeError: It failed; the message is its last line.
    """
    with output.open("w") as out, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=errors, env=env, cwd=output.parent)
        _, status, usage = os.wait4(process.pid, 0)  # of all processes that it waited for, too
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError((errors.read().splitlines() or [f"status {status}"])[-1])
    unit = 1 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6


def size(path):
    """Return the bytes of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def accuracy(answers, test, quoting):
    """Return the share of the test texts whose label is printed, on a line each."""
    # A row at a time, since a process starts with the memory peak of the one that starts it.
    labels = [label for _, label in read_rows(test, quoting)]
    found = [line.split("\t")[0].rstrip("\n") for line in answers.open(encoding="utf-8")]
    if len(found) != len(labels):
        raise RuntimeError(f"{len(found)} answers to {len(labels)} texts")
    return statistics.mean(map(str.__eq__, found, labels))


def say(line):
    """Print progress."""
    print(time.strftime("%H:%M:%S"), line, file=sys.stderr, flush=True)


def show(runs, picture):
    """Print a table of each set and the ratios, and draw the picture."""
    for corpus in [name for name in CORPORA if any(run["set"] == name for run in runs)]:
        tools = {}
        for run in runs:
            if run["set"] == corpus:
                tools.setdefault(run["tool"], []).append(run)
        tools = {name: tools[name] for name in [*PRESETS, *PEERS] if name in tools}
        print(f"\n## {corpus}\n")
        print_table(tools)
        print_ratios(tools)
    if runs:
        from frontier_plot import draw

        draw(runs, picture)
        say(f"drawn as {picture}")


def print_table(tools):
    """Print the figures of each tool as a table in Markdown."""
    lines = [("tool", "runs", "test", "lowest to highest", *NAMES)]
    for tool, runs in tools.items():
        right = [run["accuracy"] for run in runs]
        medians = [statistics.median(run[name] for run in runs) for name in FIGURES]
        lines.append(
            (
                *(tool, str(len(runs)), f"{statistics.mean(right):.2f}"),
                f"{min(right):.2f} to {max(right):.2f}",
                *(f"{median:,.{places}f}" for median, places in zip(medians, PLACES, strict=True)),
            )
        )
    print_markdown(lines)


def print_ratios(tools):
    """Print how many times as much the one takes as the other: medians of paired runs."""
    lines = [("ratio", "test, difference", *NAMES)]
    for one, other in (("old", "textseq"), *(("textseq-fast", peer) for peer in PEERS)):
        rounds = {pair(run): run for run in tools.get(other, [])}
        both = [(run, rounds[pair(run)]) for run in tools.get(one, []) if pair(run) in rounds]
        if both:
            better = statistics.mean(a["accuracy"] - b["accuracy"] for a, b in both)
            ratios = [statistics.median(a[name] / b[name] for a, b in both) for name in FIGURES]
            figures = (f"{ratio:.{2 if ratio > 0.1 else 4}f}" for ratio in ratios)
            lines.append((f"{one} / {other}", f"{better:+.2f}", *figures))
    if len(lines) > 1:
        print()
        print_markdown(lines)


def pair(run):
    """Return what the runs of one round have in common."""
    return run["seed"], run["repetition"], run["limit"]


def print_markdown(lines):
    """Print rows of strings as a table, the first its head."""
    first, *others = (max(map(len, column)) for column in zip(*lines, strict=True))
    rule = ["-" * first, *("-" * (width - 1) + ":" for width in others)]
    for line in (lines[0], rule, *lines[1:]):
        print("| " + " | ".join([line[0].ljust(first), *map(str.rjust, line[1:], others)]) + " |")


if __name__ == "__main__":
    main()
