"""The pooling of one sentence's states, and its gradient: what the answer takes from each state.

The same poolings as `pooling` has for Keras and `summaries` for prediction, in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pooled:
    """Many states made one.

    Args:
        summary: The pooled state: (summary,).
        back: From the gradient with respect to it, (summary,), to that with respect to each
            state, other states held still: (time, summary).
    """

    summary: Array
    back: Callable[[Array], Array]


def last(states: Array, directions: int, weights: Mapping[str, Array]) -> Pooled:
    """Take the state after the last token; of a backward reading, that after the first one."""
    taken = np.zeros_like(states)
    forward = states.shape[1] // directions
    taken[-1, :forward] = 1
    taken[0, forward:] = 1
    return Pooled((states * taken).sum(axis=0), lambda gradient: taken * gradient)


def mean(states: Array, directions: int, weights: Mapping[str, Array]) -> Pooled:
    """Take the mean over the tokens."""
    share = np.full_like(states, 1 / len(states))
    return Pooled(states.mean(axis=0), lambda gradient: share * gradient)


def largest(states: Array, directions: int, weights: Mapping[str, Array]) -> Pooled:
    """Take each unit's largest value; of equal ones, each gets its part of the gradient."""
    chosen = states == states.max(axis=0)
    share = chosen / chosen.sum(axis=0)
    return Pooled(states.max(axis=0), lambda gradient: share * gradient)


def attention(states: Array, directions: int, weights: Mapping[str, Array]) -> Pooled:
    """Take a mean weighted by the softmax over time of v . tanh(W h + b)."""
    kernel, context = weights["pooling.kernel"], weights["pooling.context"]
    seen = np.tanh(states @ kernel + weights["pooling.bias"])
    score = seen @ context
    raised = np.exp(score - score.max())
    share = (raised / raised.sum())[:, None]
    summary = (share * states).sum(axis=0)

    def back(gradient: Array) -> Array:
        # The state itself is weighted; and it moves its own weight, and so all others'.
        to_score = share * ((states - summary) @ gradient)[:, None]
        whole: Array = share * gradient + (to_score * context * (1 - seen**2)) @ kernel.T
        return whole

    return Pooled(summary, back)


Pool = Callable[[Array, int, Mapping[str, Array]], Pooled]

POOLS: dict[str, Pool] = {"last": last, "mean": mean, "max": largest, "attention": attention}
"""By the name of the pooling: from states, (time, summary), in the order of the text, how many
directions they are of, and the network's weights. There must be a state."""
