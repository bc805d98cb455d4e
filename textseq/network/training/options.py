"""How to train: the options, and what follows from them for each step."""

from __future__ import annotations

import math
from dataclasses import dataclass

FINAL_RATE = 0.05
"""Final learning rate, as a fraction of the peak."""


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Args:
        epochs: Largest number of passes over the training set.
        batch_size: Documents in a batch.
        learning_rate: Adam's, at its peak.
        patience: Stop after this number of epochs without a better validation metric.
        metric: The metric by which the best epoch is chosen; see `Head.find_metric`.
        warmup: Number of epochs, or a fraction of one, in which the learning rate rises linearly;
            then it falls along a cosine (Loshchilov and Hutter 2017).
        clip_norm: Gradients are scaled down to this norm; None for no clipping.
        word_dropout: Dropout rate on tokens, drawn again in each epoch.
        seed: Seed of everything random.
    """

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 2e-3
    patience: int = 3
    metric: str | None = None
    warmup: float = 0.0
    clip_norm: float | None = 1.0
    word_dropout: float = 0.0
    seed: int = 0


def learning_rate(options: TrainingOptions, step: int, steps: int) -> float:
    """Return the learning rate of a step, counted from 0, where an epoch has `steps` steps."""
    rising = round(options.warmup * steps)
    if step < rising:
        return options.learning_rate * (step + 1) / rising
    progress = (step - rising) / max(1, options.epochs * steps - rising)
    factor = FINAL_RATE + (1 - FINAL_RATE) * (1 + math.cos(math.pi * min(1.0, progress))) / 2
    return options.learning_rate * factor


def averaging_momentum(steps: int) -> float:
    """Return the momentum of a moving average over about half an epoch of `steps` steps."""
    return max(0.0, 1 - 2 / steps)
