"""Kill every writing command at random moments, and look whether anything was lost.

    nice -n 19 python tests/benchmarks/killing.py --kills 200
    nice -n 19 python tests/benchmarks/killing.py --kills 200 --forked tokenize onehot

Each time the command runs with --force over the outputs of an older run, on other data, and is
killed (SIGKILL): every other time at any moment of its run, else in the moments after its hidden
folder appeared. Then each target must be byte for byte the old one, or readable and the new one;
and after the next run, which is not killed, the folder and that of temporary files must hold what
they hold after a run without a kill, and nothing else. With a checkpoint, the next run goes on from
it, and must come to the same result as the run without a kill.

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
        spread: In how many seconds after the hidden folder appeared it is killed.
    """

    arguments: str
    targets: dict[str, Callable[[Path], object]]
    share: int = 4
    slow: bool = False
    spread: float = 0.04


def _ids(path):
    from textseq.sequences.files import load_sequences

    return len(load_sequences(path)[0])


def _words(path):
    from textseq import Tokenizer

    return Tokenizer.load(path).size


def _rows(path):
    from textseq.sequences.onehot_files import load_one_hot

    rows = load_one_hot(path)
    return getattr(rows, "width", None) or rows.shape


def _vectors(path):
    from textseq import word2vec

    return len(word2vec.load(path))


def _model(path):
    from textseq.classifier.predictor import Predictor

    return Predictor.load(path).vocabulary


def _weights(path):
    from textseq.classifier.model_folder import load_artifact

    return {name: array.tobytes() for name, array in load_artifact(path).weights.items()}


def _page(path):
    html = path.read_text()
    if not html.rstrip().endswith("</html>"):
        raise ValueError("the page is cut short")
    return html.count("data2.tsv")


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
    "train-w2v-checkpoint": Command(
        "train-w2v data{n}.tsv --size 20 --epochs 5 --deterministic --checkpoint state{n} "
        "--output vectors.bin",
        {"vectors.bin": Path.read_bytes},
        3,
        spread=0.4,
    ),
    "classify-train-checkpoint": Command(
        "classify train data{n}.tsv --units 4 --dimension 4 --epochs 5 --checkpoint state{n} "
        "--output model",
        {"model": _weights},
        3,
        spread=1.5,
    ),
    "demo": Command(
        "demo --corpora samples",
        {
            f"samples/{name}": Path.read_bytes
            for name in ("giants.txt", "questions_en.tsv", "reviews_en.tsv", "reviews_ko.tsv")
        },
        3,
        spread=0.01,
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
        import textseq.sequences.files
        import textseq.sequences.onehot_files
        import textseq.tokenizer.tokenizer
        import textseq.word2vec.training  # noqa: F401
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
    (home / "temporary").mkdir()
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
    place, older = Path("place"), Path("older")
    expected, paths, duration = _run_whole(command, place, older, run)
    outcomes: Counter[str] = Counter()
    failures = []
    for i in range(kills):
        _fresh(older, place)
        before = {target: _sum(place / target) for target in command.targets}
        process = run(_arguments(command, 2), place)
        if i % 2:
            _wait_for_partial(place, process)
            delay = dice.uniform(0, command.spread)
        else:
            delay = dice.uniform(0, duration)
        time.sleep(delay)
        ended = process.poll() is not None
        process.kill()
        process.wait(LONGEST)
        outcomes["ended before" if ended else "killed"] += 1
        outcomes["left strays"] += any(path.name.startswith(".") for path in place.rglob("*"))
        outcomes["left checkpoints"] += not ended and any(place.glob("state2/*.safetensors"))
        for target, what in _outcomes(command, place, expected).items():
            what = "old" if _sum(place / target) == before[target] else what
            outcomes[what] += 1
            if what not in ("old", "new"):
                failures.append(f"kill {i}: {target}: {what}")
        following = ["tokenize", "few1.tsv", *QUICK] if command.slow else _arguments(command, 2)
        _whole(following, place, run)
        (place / "next.jsonl").unlink(missing_ok=True)
        for target, what in _outcomes(command, place, expected).items():
            if what != "new" and not command.slow:
                failures.append(f"kill {i}: {target} after the next run: {what}")
        if surplus := _paths(place) - paths:
            failures.append(f"kill {i}: {', '.join(sorted(surplus))} remained after the next run")
    for failure in failures:
        print(failure)
    told = ", ".join(f"{count} {what}" for what, count in outcomes.items() if count)
    print(
        f"{name}: {kills} kills in a run of {duration:.2f} s: {told}; {len(failures)} failures; "
        f"{time.monotonic() - started:.0f} s",
        flush=True,
    )
    return len(failures)


def _run_whole(
    command: Command, place: Path, older: Path, run
) -> tuple[dict[str, object], set[str], float]:  # type: ignore[no-untyped-def]
    """Make the older outputs; return what the new ones read as, which paths may be, and the time.

    The time, in seconds, is that of the run on the new data.
    """
    results: list[dict[str, object]] = []
    for n in (1, 2):
        _fresh(Path("home"), place)
        began = time.monotonic()
        run(_arguments(command, n), place).wait(LONGEST)
        duration = time.monotonic() - began
        results.append({target: read(place / target) for target, read in command.targets.items()})
        if n == 1:
            _fresh(place, older)
    paths = _paths(place) | _paths(older)
    if results[0] == results[1]:  # the command reads no data
        for target in command.targets:
            (older / target).write_text("older")
    return results[1], paths, duration


def _outcomes(command: Command, place: Path, expected: dict[str, object]) -> dict[str, str]:
    """Return for each target "new", or what it is instead."""
    return {
        target: _outcome(place / target, read, expected[target])
        for target, read in command.targets.items()
    }


def _paths(place: Path) -> set[str]:
    """Return the paths of all that is in a folder, from there."""
    return {os.fspath(path.relative_to(place)) for path in place.rglob("*")}


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


def _wait_for_partial(place: Path, process) -> None:  # type: ignore[no-untyped-def]
    """Return when a hidden folder of an output is there, or the process has ended."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end and process.poll() is None:
        for folder in (place, place / "state2", place / "samples"):
            if folder.is_dir() and any(e.name.endswith(".partial") for e in os.scandir(folder)):
                return
        time.sleep(0.0005)


def _whole(arguments: list[str], place: Path, run=None) -> None:  # type: ignore[no-untyped-def]
    process = (run or _spawned)(arguments, place)
    if process.wait(LONGEST):
        raise SystemExit(f"{' '.join(arguments)} failed with {process.wait(1)}")


def _spawned(arguments: list[str], place: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "TMPDIR": os.fspath(place.absolute() / "temporary"),
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
            tempfile.tempdir = os.fspath(Path("temporary").absolute())
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
