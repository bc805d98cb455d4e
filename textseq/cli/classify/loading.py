"""Several models at once, some of them with parts of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textseq.classifier.predictor import Predictor


def load_with_own_parts(model: Path, parts: dict[str, str | None]) -> Predictor:
    """Return one of several models; of the user's own parts, it gets those that it names."""
    from textseq.classifier.model_folder import read_settings
    from textseq.classifier.predictor import Predictor

    if not any(parts.values()):
        return Predictor.load(model)
    entries = read_settings(model / "config.json")
    named = {kind for kind in parts if ":" in str(entries.get(kind))}
    return Predictor.load(model, **{kind: parts[kind] for kind in named})
