"""Damaged and hostile files for every reader: each must be read or refused, and quickly.

    nice -n 19 python tests/benchmarks/fuzzing.py --inputs 50000
    python tests/benchmarks/fuzzing.py --inputs 1 --first 123 ids.parquet     # one input again

The readers run in child processes. For each input a child checks that the outcome is success or a
TextseqError, that it took no more than 2 s (of the processor's time, or 30 s by the clock), that
the peak of memory rose by no more than 300 MB, and that nothing was executed: no process, no
pickle, and no import of a trap module, which leaves a mark in a sentinel file. What is found is
tried again alone, counted only if it is seen again, and kept in --keep. Exits with 1 if there was
anything. An input is made of its number alone, so that it can be made again.
"""

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

SECONDS, CLOCK_SECONDS = 2, 30
MEGABYTES = 300
ROOM = 6 << 30  # bytes of addresses beyond the baseline, so that this machine is not hurt
PER_CHILD = 5_000
_TOO_MUCH_MEMORY = 77  # the exit status of a child


def main() -> int:
    """Fuzz the formats that were asked for, and print a line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("formats", nargs="*")
    parser.add_argument("--inputs", type=int, default=1000, help="of each format")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--keep", type=Path, help="keep what is found in this folder")
    parser.add_argument("--together", action="store_true", help="all formats in one child")
    arguments = parser.parse_args()
    import fuzz_formats

    formats = arguments.formats or list(fuzz_formats.FORMATS)
    groups = [formats] if arguments.together else [[name] for name in formats]
    found = 0
    for group in groups:
        found += fuzz(group, arguments.first, arguments.inputs, arguments.keep)
    return int(found > 0)


def fuzz(formats: list[str], first: int, inputs: int, keep: Path | None) -> int:
    """Try inputs `first` to `first + inputs` of each format; return how many are at fault."""
    started, faults = time.monotonic(), []
    figures: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        at, end = first, first + inputs
        while at < end:
            until = min(end, at + PER_CHILD)
            at, found = _child(formats, at, until, Path(folder), figures)
            faults += [fault for fault in found if _seen_again(fault, Path(folder))]
        if keep is not None:
            for fault in faults:
                _keep(fault, keep)
    for fault in faults:
        print(json.dumps(fault), flush=True)
    print(
        f"{', '.join(formats)}: {figures['tried']:,} inputs, {figures['read']:,} read, "
        f"{figures['refused']:,} refused, {len(faults)} at fault; slowest "
        f"{figures['slowest'] / 1e3:.2f} s, memory at most {figures['memory'] >> 20} MB above the "
        f"baseline; {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return len(faults)


def _child(
    formats: list[str], first: int, end: int, folder: Path, figures: Counter[str]
) -> tuple[int, list[dict[str, object]]]:
    """Let a child try inputs; return which is next, and what it found or died of."""
    trap = folder / "trap"
    trap.mkdir(exist_ok=True)
    sentinel = folder / "sentinel"
    code = f"open({os.fspath(sentinel)!r}, 'w').close()\ntouch = print\n"
    (trap / "textseq_trap.py").write_text(code)
    command = [sys.executable, __file__, "--child", *map(str, (first, end, folder)), *formats]
    paths = os.pathsep.join(filter(None, (os.fspath(trap), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    reports = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    faults = [report for report in reports if "what" in report]
    last = json.loads((folder / "progress").read_text() or "{}")
    for report in reports:
        if "tried" in report:
            for name in ("tried", "read", "refused"):
                figures[name] += report.get(name, 0)
            for name in ("slowest", "memory"):
                figures[name] = max(figures[name], report[name])
    if sentinel.exists():
        sentinel.unlink()
        faults.append({**last, "what": "executed the trap"})
    if done.returncode == 0:
        return end, faults
    if "number" not in last:
        raise SystemExit(f"The child could not begin:\n{done.stderr[-3000:]}")
    figures["tried"] += 1
    what = _name_of_death(done.returncode)
    return last["number"] + 1, [*faults, {**last, "what": what, "told": done.stderr[-1500:]}]


def _name_of_death(status: int) -> str:
    if status == _TOO_MUCH_MEMORY:
        return f"took more than {MEGABYTES} MB"
    if -status in (signal.SIGPROF, signal.SIGALRM):
        return f"took more than {SECONDS} s"
    return f"died of {signal.Signals(-status).name}" if status < 0 else f"exited with {status}"


def _seen_again(fault: dict[str, object], folder: Path) -> bool:
    number = int(str(fault["number"]))
    _, found = _child([str(fault["format"])], number, number + 1, folder, Counter())
    return bool(found)


def _keep(fault: dict[str, object], keep: Path) -> None:
    import fuzz_formats

    keep.mkdir(parents=True, exist_ok=True)
    name, number = str(fault["format"]), int(str(fault["number"]))
    with tempfile.TemporaryDirectory() as folder:
        seeds = _seeds(fuzz_formats.FORMATS[name], Path(folder))
        file, data = _input(fuzz_formats.FORMATS[name], seeds, number)
        (keep / f"{name}-{number}-{file}").write_bytes(data)


def _seeds(form, folder):  # type: ignore[no-untyped-def]
    """Return valid and hostile files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    return {path.name: path.read_bytes() for path in form.seeds(folder)} | form.hostile


def _input(form, seeds, number):  # type: ignore[no-untyped-def]
    """Return the name and the bytes of an input."""
    dice = random.Random(number)
    name = dice.choice(sorted(seeds))
    if form.hostile and number % 20 == 0:
        name = dice.choice(sorted(form.hostile))
        if number % 40 == 0:
            return name, seeds[name]
    others = list(seeds.values())
    if name in form.hostile:  # only as bytes: it may not be what its name says
        from fuzz_mutations import of_bytes

        return name, of_bytes(dice, seeds[name], others)
    return name, form.mutate(dice, seeds[name], others)


def try_inputs(first: int, end: int, folder: Path, formats: list[str]) -> None:
    """Read the inputs of these numbers in this process, and print what is at fault."""
    import fuzz_formats

    progress = (folder / "progress").open("wb", buffering=0)
    chosen = {name: fuzz_formats.FORMATS[name] for name in formats}
    seeds = {
        name: _seeds(form, folder / f"seeds-{os.getpid()}-{name}") for name, form in chosen.items()
    }
    for name, form in chosen.items():  # valid files are read, and load what readers load lazily
        for file, data in seeds[name].items():
            if file not in form.hostile:
                path = folder / file
                path.write_bytes(data)
                form.read(path)
    executed: list[str] = []
    _watch(executed)
    baseline = _peak()
    _limit_addresses()
    counts: Counter[str] = Counter(slowest=0, memory=0)
    for number in range(first, end):
        for name, form in chosen.items():
            file, data = _input(form, seeds[name], number)
            path = folder / file
            path.write_bytes(data)
            progress.truncate(0)
            os.pwrite(progress.fileno(), json.dumps({"format": name, "number": number}).encode(), 0)
            started = time.process_time()
            outcome = _outcome(form, path)
            fault = None if outcome in ("read", "refused") else outcome
            counts[outcome if fault is None else "at fault"] += 1
            counts["tried"] += 1
            counts["slowest"] = max(counts["slowest"], int(1e3 * (time.process_time() - started)))
            counts["memory"] = max(counts["memory"], _peak() - baseline)
            if executed:
                fault = f"executed {executed.pop()}"
            if fault:
                print(json.dumps({"format": name, "number": number, "what": fault}), flush=True)
            if _peak() - baseline > MEGABYTES << 20:
                print(json.dumps(counts), flush=True)
                os._exit(_TOO_MUCH_MEMORY)
    print(json.dumps(counts), flush=True)


def _outcome(form, path: Path) -> str:  # type: ignore[no-untyped-def]
    """Read a file, and return "read", "refused" or what went wrong; the alarm ends the process."""
    from textseq.errors import TextseqError

    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, CLOCK_SECONDS)
    try:
        form.read(path)
        return "read"
    except TextseqError:
        return "refused"
    except BaseException as error:  # noqa: BLE001  (whatever it is, it is what we look for)
        places = traceback.extract_tb(error.__traceback__)
        where = [f"{Path(place.filename).name}:{place.lineno}" for place in places][-6:]
        return f"{type(error).__name__}: {str(error)[:200]} at {' '.join(where)}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _watch(executed: list[str]) -> None:
    """Note what no reader may do."""
    events = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen",
              "pickle.find_class")  # fmt: skip

    def note(event: str, arguments: object) -> None:
        if event in events:
            executed.append(f"{event} {arguments!r}"[:200])

    sys.addaudithook(note)


def _peak() -> int:
    """Return the peak of resident memory; unlike getrusage's, not that of the parent too."""
    status = Path("/proc/self/status").read_bytes()
    return int(status.split(b"VmHWM:", 1)[1].split(None, 1)[0]) << 10


def _limit_addresses() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        try_inputs(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]), sys.argv[5:])
    else:
        sys.exit(main())
