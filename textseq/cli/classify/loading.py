"""A model folder as the commands use it: in NumPy, or in Keras for a user's own parts."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from textseq.cli.console import load_tensorflow
from textseq.cli.options import OwnParts

if TYPE_CHECKING:
    from textseq.classifier.predictor import Predictor


def load_model(model: Path, own: OwnParts) -> Predictor:
    """Read a model folder; TensorFlow is loaded only for parts of the user's own."""
    if own.embedding or own.cell or own.pooling:
        load_tensorflow("Predicting with a part of your own")
    from textseq.classifier.predictor import Predictor

    return Predictor.load(model, **asdict(own))
