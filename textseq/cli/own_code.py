"""What to say when a part of the user's own fails: which one, and where in their files."""

from __future__ import annotations

import re
import sysconfig
import traceback
from pathlib import Path

from textseq.registry import OWN_PARTS

LONGEST = 300
"""Characters of an error of another package, at most: some print a whole graph."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # Keras's errors have some

_PACKAGE = Path(__file__).parents[1]


def describe_failure(error: Exception) -> str:
    """Return in one sentence which part of the user's own failed, and how."""
    parts = [f"{kind} {path!r}" for path, kind in OWN_PARTS.items()]
    which = f"The {parts[0]}" if len(parts) == 1 else f"A part of your own ({', '.join(parts)})"
    what = " ".join(_COLOURS.sub("", str(error)).split())
    what = f"{what[:LONGEST]} ..." if len(what) > LONGEST else what
    return f"{which} failed: {type(error).__name__}: {what.rstrip('.')}; --debug shows more."


def own_frames(error: BaseException) -> list[str]:
    """Return the lines of the user's own files that an error passed, the outermost first."""
    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    others = (str(_PACKAGE), "<frozen", "<string>", *(sysconfig.get_path(kind) for kind in kinds))
    frames: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        for frame in traceback.extract_tb(cause.__traceback__):
            if not frame.filename.startswith(others):
                line = f"  {frame.filename}, line {frame.lineno}, in {frame.name}: {frame.line}"
                frames.append(line)
        cause = cause.__cause__
    return list(dict.fromkeys(frames))
