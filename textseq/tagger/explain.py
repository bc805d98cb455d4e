"""One sentence through the first network of a tagger, and the gradient of one word's tag.

L is the logarithm of the probability that the network gives to its most probable tag of a word.
dL/dh_t says what a small change of the state after word t would do to that tag. Directly it is so
only at the word itself; to all other words the gradient goes through states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from textseq.errors import ArgumentError
from textseq.network.arrays import DoubleArray, NamedArrays
from textseq.network.heads import softmax
from textseq.network.inference.bptt import backpropagate
from textseq.network.inference.summed_embedding import sum_rows
from textseq.tagger.predictor import TABLE, TagPredictor, answer
from textseq.tasks.explanation import Explanation, StepWords

WORDS = StepWords("token", "row", "of each tag, for this token")


@dataclass(frozen=True)
class TagExplanation(Explanation):
    """The explanation of one token's tag.

    Args:
        position: The index of the token.
    """

    position: int = 0

    @property
    def confidence(self) -> float:
        """The probability of the tag."""
        return float(self.probabilities[self.position, self.classes.index(self.answer)])


def explain(tagger: TagPredictor, tokens: Sequence[str], position: int = -1) -> TagExplanation:
    """Follow a sentence through the first network, and the gradient of one token's tag back.

    Args:
        tagger: The tagger.
        tokens: The sentence.
        position: The index of the token; -1 for the last.

    Raises:
        ArgumentError: There is no such token.
    """
    if not -len(tokens) <= position < len(tokens):
        raise ArgumentError(
            f"`position` must be the index of one of {len(tokens)} tokens. Received: {position}."
        )
    position %= len(tokens)
    network, rows = tagger.networks[0], tagger.features.rows(tokens)
    probabilities = answer(network, rows, np.array([0, len(tokens)]))
    best = int(probabilities[position].argmax())

    def gradient(states: DoubleArray, weights: NamedArrays) -> DoubleArray:
        """Return the gradient of L by all states: 0 but at the token."""
        kernel = weights["output.kernel"]
        errors = -softmax((states[position] @ kernel + weights["output.bias"])[None])[0]
        errors[best] += 1
        by_states = np.zeros_like(states)
        by_states[position] = kernel @ errors
        return by_states

    x = sum_rows(network.weights[TABLE], rows).astype(np.float64)
    (whole,) = tagger.predict([tokens])
    parts = f"{len(tagger.networks)} networks" * (len(tagger.networks) > 1)
    parts += " and " * bool(parts and tagger.linear) + "a linear model" * bool(tagger.linear)
    about = {"with " + parts: whole[position]} if parts else {}
    return TagExplanation(
        text=" ".join(tokens),
        tokens=tuple(tokens),
        ids=rows[:, 0],
        unknown=(),
        classes=tagger.tags,
        probabilities=probabilities,
        answer=tagger.tags[best],
        directions=backpropagate(network, x, gradient),
        network={"cell": tagger.config.cell, **about},
        followed=f"log p({tagger.tags[best]}) of {tokens[position]!r}",
        words=WORDS,
        position=position,
    )
