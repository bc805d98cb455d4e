"""What `autotune` has tried so far, on disk, from which it goes on.

    trials.jsonl   JSON lines: first what was asked for, then a line for each trial
    trial-0/       the model of the defaults, a model folder
    trial-7/       the model that is chosen so far, if that is another

A line is written when its trial is over, after its model, and only then models that are not chosen
any more are removed. Nothing in these files can run code, and a last line that a kill has torn is
left out and written again. A lock, which the system releases even after `kill -9`, keeps a second
process out.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import lock_descriptor

from textseq.errors import ArtifactError
from textseq.files.checkpoints import check_fingerprint, make_folder
from textseq.network.training.checkpoint import DIGESTS
from textseq.tasks.model_folder import CONFIG

FILE = "trials.jsonl"

_LOCK = ".lock"


@dataclass(frozen=True)
class Trial:
    """What came of some settings.

    Args:
        number: Which trial it is; 0 is that of the defaults.
        settings: Those that are not the defaults'.
        result: `"scored"`; `"pruned"`, where it lost early; `"stopped"`, where the time was over;
            `"too large"`; or `"failed"`, where training diverged or did not fit into memory.
        metric: The metric that decides.
        score: Its value on the validation texts, that of a loss with its sign changed, so that the
            higher one is better; None where there is none.
        difference: By how much the score is higher than that of the defaults.
        error: The standard error of the difference.
        needed: By how much it had to be higher to be chosen; see `autotuning.rule`.
        chosen: Whether it took the place of what was chosen before it.
        complete: Whether it is what its settings make; not where the time was over before.
        seconds: How long it took.
        size: Bytes of the model folder, where the size is limited.
        curve: The validation metric of each epoch, by which trials are pruned.
    """

    number: int
    settings: dict[str, Any]
    result: str = "scored"
    metric: str = "accuracy"
    score: float | None = None
    difference: float | None = None
    error: float | None = None
    needed: float | None = None
    chosen: bool = False
    complete: bool = True
    seconds: float = 0.0
    size: int | None = None
    curve: list[float] = field(default_factory=list)


class Journal:
    """The trials on disk.

    Args:
        folder: Where; it is made.
        description: What was asked for, which must be the same to go on.

    Raises:
        ArtifactError: It is of other settings or texts, damaged, or in use.
    """

    def __init__(self, folder: Path, description: Mapping[str, Any]) -> None:
        if (folder / CONFIG).exists():
            raise ArtifactError(
                f"The checkpoint '{folder}' is a model folder; name another folder for the trials."
            )
        self.folder, self.path = make_folder(folder), folder / FILE
        self._lock = (self.folder / _LOCK).open("ab")
        try:
            self._read(description)
        except BaseException:
            self.close()
            raise

    def _read(self, description: Mapping[str, Any]) -> None:
        if not lock_descriptor(self._lock.fileno(), blocking=False):
            raise ArtifactError(
                f"The checkpoint '{self.folder}' is in use by another process at this moment; wait "
                f"for it, or name another folder."
            )
        lines = _whole_lines(self.path)
        self.trials: list[Trial] = []
        if lines:
            check_fingerprint(self.path, lines[0], description, DIGESTS)
            self.trials = [_read_trial(self.path, line) for line in lines[1:]]
            if [trial.number for trial in self.trials] != [*range(len(self.trials))]:
                raise _damaged(self.path, "its trials are not in order")
        else:
            self._append(dict(description), "w")

    def add(self, trial: Trial) -> None:
        """Write a trial, and remove the models that are neither the first nor the last chosen."""
        self.trials.append(trial)
        self._append(asdict(trial))
        for number in [one.number for one in self.trials if one.chosen][1:-1]:
            shutil.rmtree(self.model(number), ignore_errors=True)

    def close(self) -> None:
        """Let other processes use the folder."""
        self._lock.close()

    def model(self, number: int) -> Path:
        """Return the model folder of a trial."""
        return self.folder / f"trial-{number}"

    def _append(self, value: Mapping[str, Any], mode: str = "a") -> None:
        with self.path.open(mode, encoding="utf-8") as file:
            file.write(json.dumps(value, default=str) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a journal, and cut a last one that is not whole."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(path, len(whole))
    try:
        lines = [json.loads(line) for line in whole.splitlines()]
    except ValueError as error:
        raise _damaged(path, "a line of it is not JSON") from error
    if not all(isinstance(line, dict) for line in lines):
        raise _damaged(path, "a line of it is not an object")
    return lines


def _read_trial(path: Path, line: dict[str, Any]) -> Trial:
    try:
        trial = Trial(**line)
    except TypeError as error:
        raise _damaged(path, f"a trial has other entries than expected ({error})") from error
    numbers = (trial.score, trial.difference, trial.error, trial.needed, trial.seconds)
    if (
        type(trial.number) is not int
        or not isinstance(trial.settings, dict)
        or not isinstance(trial.curve, list)
        or not all(value is None or isinstance(value, int | float) for value in numbers)
        or (trial.result in ("scored", "too large")) != (trial.score is not None)
    ):
        raise _damaged(path, "a trial holds something other than expected")
    return trial


def _damaged(path: Path, how: str) -> ArtifactError:
    return ArtifactError(
        f"The journal '{path}' is damaged: {how}; delete its folder to start over."
    )
