"""Kill every writing command at random moments, and look whether anything was lost.

    nice -n 19 python tests/benchmarks/killing.py --kills 200
    nice -n 19 python tests/benchmarks/killing.py --kills 200 --forked tokenize onehot

Each time the command runs with --force over the outputs of an older run, on other data, and is
killed (SIGKILL): every other time at any moment of its run, else in the moments after its hidden
folder appeared. Then each target must be byte for byte the old one, or readable and the new one;
and after the next run, which is not killed, the folder must hold the targets and nothing else.

With --forked the command is a fork of this process, which has imported everything: hundreds of
kills take seconds, and each hits work rather than imports.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

QUICK = ("--output", "next.jsonl", "--force")
LONGEST = 300  # seconds


@dataclass(frozen=True)
class Command:
    """A command that writes.

    Args:
        arguments: Its arguments; {n} stands for the data, 1 (old) or 2 (new).
        targets: The files and folders that it writes, and for each what reads it and returns
            something that differs between old and new.
        share: How often it is killed, relative to the others.
        slow: Whether a quicker command in the same folder is run next, instead of itself.
    """

    arguments: str
    targets: dict[str, Callable[[Path], object]]
    share: int = 4
    slow: bool = False


def _ids(path):
    from textseq.sequence_files import load_sequences

    return len(load_sequences(path)[0])


def _words(path):
    from textseq import Tokenizer

    return Tokenizer.load(path).size


def _rows(path):
    from textseq.onehot_files import load_one_hot

    return load_one_hot(path)[0].shape


def _vectors(path):
    from textseq import word2vec

    return len(word2vec.load(path))


def _model(path):
    from textseq.classifier.predictor import Predictor

    return Predictor.load(path).vocabulary


def _page(path):
    html = path.read_text()
    if not html.rstrip().endswith("</html>"):
        raise ValueError("the page is cut short")
    return html.count("data2.tsv")


def _text(path):
    return path.read_bytes().endswith(b"\n")


COMMANDS = {
    "tokenize": Command(
        "tokenize data{n}.tsv --save-tokenizer tokenizer.json --output ids.parquet",
        {"tokenizer.json": _words, "ids.parquet": _ids},
        6,
    ),
    "tokenize-jsonl": Command("tokenize data{n}.tsv --output ids.jsonl", {"ids.jsonl": _ids}),
    "tokenize-npz": Command("tokenize data{n}.tsv --output ids.npz", {"ids.npz": _ids}),
    "onehot": Command(
        "onehot in{n}.parquet --width 20000 --output onehot.npz", {"onehot.npz": _rows}, 6
    ),
    "onehot-npy": Command(
        "onehot in{n}.parquet --width 400 --output onehot.npy", {"onehot.npy": _rows}
    ),
    "train-w2v": Command(
        "train-w2v data{n}.tsv --size 20 --epochs 1 --save-tokenizer w.json --output vectors.bin",
        {"vectors.bin": _vectors, "w.json": _words},
        5,
    ),
    "train-w2v-gz": Command(
        "train-w2v data{n}.tsv --size 20 --epochs 1 --output vectors.txt.gz",
        {"vectors.txt.gz": _vectors},
        3,
    ),
    "classify-train": Command(
        "classify train data{n}.tsv --units 4 --dimension 4 --epochs 1 --output model",
        {"model": _model},
        3,
        slow=True,
    ),
    "classify-evaluate": Command(
        "classify evaluate trained data{n}.tsv --report report.html",
        {"report.html": _page},
        3,
        True,
    ),
}


def main() -> int:
    """Kill the commands that were asked for, print a line for each, and return how it went."""
    parser = argparse.ArgumentParser()
    parser.add_argument("commands", nargs="*", help="all if none is named")
    parser.add_argument("--kills", type=int, default=200, help="of all commands together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--forked", action="store_true")
    arguments = parser.parse_args()
    chosen = {name: COMMANDS[name] for name in arguments.commands or COMMANDS}
    shares = sum(command.share for command in chosen.values())
    dice, failed, left = random.Random(arguments.seed), 0, arguments.kills
    run = _Fork if arguments.forked else _spawned
    if arguments.forked:
        import textseq.onehot_files
        import textseq.sequence_files
        import textseq.tokenizer
        import textseq.word2vec  # noqa: F401
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("home").mkdir()
        _make_data(Path("home"), needs_model="classify-evaluate" in chosen)
        for i, (name, command) in enumerate(chosen.items()):
            last = i == len(chosen) - 1
            kills = left if last else round(arguments.kills * command.share / shares)
            left -= kills
            failed += _kill(name, command, kills, dice, run)
    return int(failed > 0)


def _make_data(home: Path, *, needs_model: bool) -> None:
    """Write two corpora of different sizes, their ids, and a model."""
    for n, texts in ((1, 3000), (2, 4000)):
        dice = random.Random(n)
        rows = []
        for _ in range(texts):
            words = (int(dice.paretovariate(0.6)) % (n * 9000) for _ in range(9))
            rows.append(f"{dice.choice('ab')}\t{' '.join(f'w{word}' for word in words)}")
        (home / f"data{n}.tsv").write_text("\n".join(["label\ttext", *rows]) + "\n")
        few = ["label\ttext", *[row.replace("w", "v" * n) for row in rows[: 20 * n]]]
        (home / f"few{n}.tsv").write_text("\n".join(few) + "\n")
        source = f"tokenize few{n}.tsv --num-words 400 --output in{n}.parquet"
        _whole(source.split(), home)
    if needs_model:
        train = "classify train data1.tsv --units 4 --dimension 4 --epochs 1 --output trained"
        _whole(train.split(), home)


def _kill(name: str, command: Command, kills: int, dice: random.Random, run) -> int:  # type: ignore[no-untyped-def]
    """Kill one command so many times; print what happened and return how many times it failed."""
    started = time.monotonic()
    place, inputs = Path("place"), Path("home")
    old, new = ({}, {})
    for n, expected in ((1, old), (2, new)):
        _fresh(inputs, place)
        began = time.monotonic()
        process = run(_arguments(command, n), place)
        process.wait(LONGEST)
        duration = time.monotonic() - began
        for target, read in command.targets.items():
            expected[target] = read(place / target)
        if n == 1:
            shutil.rmtree("older", ignore_errors=True)
            shutil.copytree(place, "older")
    outcomes: Counter[str] = Counter()
    failures = []
    for i in range(kills):
        _fresh(Path("older"), place)
        before = {target: _sum(place / target) for target in command.targets}
        process = run(_arguments(command, 2), place)
        if i % 2:
            delay = _wait_for_partial(place, process) or dice.uniform(0, 0.04)
        else:
            delay = dice.uniform(0, duration)
        time.sleep(delay)
        ended = process.poll() is not None
        process.kill()
        process.wait(LONGEST)
        outcomes["ended before" if ended else "killed"] += 1
        strays = [path.name for path in place.iterdir() if path.name.startswith(".")]
        outcomes["left strays"] += bool(strays)
        for target, read in command.targets.items():
            unchanged = _sum(place / target) == before[target]
            what = "old" if unchanged else _outcome(place / target, read, new[target])
            if what in ("old", "new"):
                outcomes[what] += 1
            else:
                failures.append(f"kill {i}: {target}: {what}")
        following = ["tokenize", "few1.tsv", *QUICK] if command.slow else _arguments(command, 2)
        _whole(following, place, run)
        (place / "next.jsonl").unlink(missing_ok=True)
        surplus = {path.name for path in place.iterdir()} - {
            p.name for p in Path("older").iterdir()
        }
        if surplus:
            failures.append(f"kill {i}: {', '.join(sorted(surplus))} remained after the next run")
    for failure in failures:
        print(failure)
    told = ", ".join(f"{count} {what}" for what, count in outcomes.items())
    print(
        f"{name}: {kills} kills in a run of {duration:.2f} s: {told}; {len(failures)} failures; "
        f"{time.monotonic() - started:.0f} s",
        flush=True,
    )
    return len(failures)


def _outcome(path: Path, read: Callable[[Path], object], expected: object) -> str:
    try:
        return "new" if read(path) == expected else "neither the old nor the new one"
    except Exception as error:  # noqa: BLE001  (whatever it is, the target is not whole)
        return f"{type(error).__name__}: {error}"


def _arguments(command: Command, n: int) -> list[str]:
    return [*command.arguments.format(n=n).split(), "--force"]


def _fresh(source: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(source, place)


def _wait_for_partial(place: Path, process) -> float | None:  # type: ignore[no-untyped-def]
    """Return when a hidden folder is there, or the process has ended."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end and process.poll() is None:
        if any(entry.name.endswith(".partial") for entry in os.scandir(place)):
            return None
        time.sleep(0.0005)
    return 0.0


def _whole(arguments: list[str], place: Path, run=None) -> None:  # type: ignore[no-untyped-def]
    process = (run or _spawned)(arguments, place)
    if process.wait(LONGEST):
        raise SystemExit(f"{' '.join(arguments)} failed with {process.wait(1)}")


def _spawned(arguments: list[str], place: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.fspath(Path(__file__).parents[2]),
    }
    command = [sys.executable, "-m", "textseq.cli.app", *arguments]
    return subprocess.Popen(
        command, cwd=place, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


class _Fork:
    """A command in a fork of this process, with what is used here of subprocess.Popen."""

    def __init__(self, arguments: list[str], place: Path) -> None:
        from textseq.cli import app

        self.status: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.chdir(place)
            quiet = os.open(os.devnull, os.O_RDWR)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            try:
                app.app(arguments, prog_name="textseq")
            except SystemExit as end:
                os._exit(end.code if isinstance(end.code, int) else 1)
            finally:
                os._exit(70)

    def poll(self) -> int | None:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status

    def wait(self, timeout: float) -> int:
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def _sum(path: Path) -> str:
    """Return the SHA-256 of a file, or of all the files in a folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + (file.read_bytes() if file.is_file() else b""))
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
