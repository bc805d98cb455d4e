"""Several networks and a linear model that answer together.

    networks 1..N: ids -> probabilities  -- mean -->  P
    linear model:  ids -> logits z       -- softmax(log P + z) -->  probabilities

Networks of one plan that started from other random numbers make other mistakes, and their mean is
more often right than each of them (Hansen and Salamon 1990, "Neural Network Ensembles"). What the
linear model says is multiplied to it as in a product of experts (Hinton 2002), after one number has
been fitted to the validation texts: how much it is to say.

The weights of all are kept under one roof: those of the first network under the names that it has
alone, those of the k-th under `k.` and these names, the linear model's under `linear.`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from textseq.classifier.calibration import (
    Probabilities,
    Targets,
    fitted_temperature,
    logits_of,
    loss_of,
)
from textseq.errors import ArgumentError
from textseq.network.heads import softmax
from textseq.network.linear import Linear
from textseq.network.ngrams import Ngrams
from textseq.sequences.sequences import Sequences

if TYPE_CHECKING:
    from textseq.network.training.batches import Examples

Array = npt.NDArray[np.float32]
Weights = Mapping[str, npt.NDArray[Any]]
Reader = Callable[[Sequences], Probabilities]

UNFITTED, UNFITTED_TEMPERATURE = 3.0, 4.0
"""What the linear model's logits are multiplied by, and then those of all divided by, where too few
validation texts say otherwise: what made labels likeliest after training on 100 to 800 texts of
SST-2 and TREC, in the mean."""

SHARES = (0.1, 10.0)
"""Between these, what fits the validation texts best is looked for."""

ENOUGH = 10
"""Validation texts from which on that is done."""

_LINEAR = "linear."
_TABLE, _BIAS = "linear.table", "linear.bias"


@dataclass(frozen=True)
class Committee:
    """Those that answer together.

    Args:
        readers: The networks, each a function from ids to probabilities; one or more.
        linear: The linear model, if there is one.
        maxlen: Of longer texts, the networks read the last `maxlen` tokens; None for all. The
            linear model reads all of each text.
    """

    readers: Sequence[Reader]
    linear: Linear | None = None
    maxlen: int | None = None

    def probabilities(self, sequences: Sequences) -> Probabilities:
        """Return the probability of each class: float32, shape (documents, classes).

        Example:
            >>> import numpy as np
            >>> from textseq import Sequences
            >>> from textseq.classifier.ensemble import Committee
            >>> sure, unsure = np.array([[0.9, 0.1]], "float32"), np.array([[0.5, 0.5]], "float32")
            >>> both = Committee([lambda _: sure, lambda _: unsure])
            >>> both.probabilities(Sequences.from_lists([[1]])).round(2)
            array([[0.7, 0.3]], dtype=float32)
        """
        together = _mean(self.each(sequences))
        return together if self.linear is None else mixed(together, self.linear.logits(sequences))

    def each(self, sequences: Sequences) -> list[Probabilities]:
        """Return what each network says by itself."""
        read = sequences if self.maxlen is None else sequences.truncate(self.maxlen)
        return [reader(read) for reader in self.readers]


class Settled(NamedTuple):
    """What validation texts decided.

    Args:
        committee: Those that answer, what the linear model says multiplied by its share.
        temperature: What the logits of all are divided by.
        accuracies: On the validation texts: `networks`, of each, `linear`, if there is such a
            model, and `together`; None where there were no such texts.
    """

    committee: Committee
    temperature: float
    accuracies: dict[str, Any] | None


def settled(committee: Committee, validation: Examples | None, *, calibrated: bool) -> Settled:
    """Let validation texts decide how much the linear model is to say, and how sure all may be.

    Args:
        committee: Those that answer, of built-in parts or not.
        validation: Texts that none of them learned from; None where there are none.
        calibrated: Whether to look for a temperature.

    Example:
        >>> import numpy as np
        >>> from textseq import Sequences
        >>> from textseq.network.training.batches import Examples
        >>> from textseq.classifier.ensemble import Committee, settled
        >>> committee = Committee([lambda texts: np.array([[0.9, 0.1]] * len(texts), "float32")])
        >>> texts, targets = Sequences.from_lists([[1], [2]]), np.array([0, 1])
        >>> validation = Examples(texts, targets, np.ones(2, "float32"))
        >>> settled(committee, validation, calibrated=True).accuracies
        {'networks': [0.5], 'together': 0.5}
    """
    linear = committee.linear
    unfitted = UNFITTED_TEMPERATURE if calibrated and linear is not None else 1.0
    if validation is None:
        if linear is not None:
            committee = replace(committee, linear=linear.times(UNFITTED))
        return Settled(committee, unfitted, None)
    sequences, targets, _ = validation
    each = committee.each(sequences)
    together = _mean(each)
    accuracies: dict[str, Any] = {"networks": [_accuracy(one, targets) for one in each]}
    if linear is not None:
        logits = linear.logits(sequences)
        accuracies["linear"] = _accuracy(logits, targets)
        linear = linear.times(fitted_share(together, logits, targets))
        committee = replace(committee, linear=linear)
        together = mixed(together, linear.logits(sequences))
    accuracies["together"] = _accuracy(together, targets)
    temperature = unfitted
    if calibrated and len(targets) >= ENOUGH:
        temperature = fitted_temperature(together, targets)
    return Settled(committee, temperature, accuracies)


def mixed(probabilities: Probabilities, logits: Array) -> Probabilities:
    """Return probabilities after what a linear model has to say: softmax(log p + z).

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.ensemble import mixed
        >>> mixed(np.array([[0.5, 0.5]], "float32"), np.array([[0, 2]], "float32")).round(2)
        array([[0.12, 0.88]], dtype=float32)
    """
    return softmax(logits_of(probabilities) + logits).astype(np.float32)


def fitted_share(probabilities: Probabilities, logits: Array, targets: Targets) -> float:
    """Return what to multiply a linear model's logits by, for the likeliest labels.

    A temperature is fitted at once and thrown away: how sure both are together is not what this
    number is for.

    Args:
        probabilities: The networks', of texts that neither learned from: (documents, classes).
        logits: The linear model's: (documents, classes).
        targets: The texts' class numbers: (documents,).

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.ensemble import fitted_share
        >>> knows_nothing, targets = np.full((20, 2), 0.5, "float32"), np.array([1, 0, 1, 1] * 5)
        >>> right_in_three_of_four = np.array([[0, 1], [1, 0]] * 10, "float32")
        >>> 0.1 < fitted_share(knows_nothing, right_in_three_of_four, targets) < 10
        True
    """
    from scipy.optimize import minimize

    if len(targets) < ENOUGH:
        return UNFITTED
    told, of_network = logits.astype(np.float64), logits_of(probabilities)

    def loss(logs: npt.NDArray[np.float64]) -> float:
        share, temperature = np.exp(logs)
        return loss_of((of_network + share * told) / temperature, targets)

    bounds = (math.log(SHARES[0]), math.log(SHARES[1]))
    found = minimize(loss, np.zeros(2), method="Nelder-Mead", bounds=[bounds, bounds])
    return float(np.exp(found.x[0]))


def joined(networks: Sequence[Weights], linear: Linear | None) -> dict[str, npt.NDArray[Any]]:
    """Return the weights of all under one roof.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.ensemble import joined
        >>> sorted(joined([{"output.bias": np.zeros(2)}, {"output.bias": np.ones(2)}], None))
        ['2.output.bias', 'output.bias']
    """
    weights: dict[str, npt.NDArray[Any]] = {}
    for number, network in enumerate(networks, start=1):
        prefix = "" if number == 1 else f"{number}."
        weights |= {prefix + name: weight for name, weight in network.items()}
    if linear is not None:
        weights |= {_TABLE: linear.table, _BIAS: linear.bias}
    return weights


def parted(
    weights: Weights, vocabulary: int, longest: int, classes: int
) -> tuple[list[dict[str, npt.NDArray[Any]]], Linear | None]:
    """Return the weights of each network, and the linear model: what `joined` put together.

    Args:
        weights: Of all.
        vocabulary: Number of ids, the reserved 0 among them.
        longest: The linear model's longest n-gram; 0 where there is no such model.
        classes: How many there are.

    Raises:
        ArgumentError: The linear model is not whole, or not expected.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.ensemble import joined, parted
        >>> weights = joined([{"output.bias": np.zeros(2)}, {"output.bias": np.ones(2)}], None)
        >>> parted(weights, vocabulary=10, longest=0, classes=2)[0][1]
        {'output.bias': array([1., 1.])}
    """
    networks: dict[int, dict[str, npt.NDArray[Any]]] = {}
    of_linear = {}
    for name, weight in weights.items():
        if name.startswith(_LINEAR):
            of_linear[name] = weight
            continue
        prefix, dot, rest = name.partition(".")
        number, own = (int(prefix), rest) if dot and prefix.isdecimal() else (1, name)
        networks.setdefault(number, {})[own] = weight
    if sorted(networks) != list(range(1, len(networks) + 1)):
        raise ArgumentError(
            f"its networks should be numbered from 1 on, and have the numbers {sorted(networks)}"
        )
    linear = _linear(of_linear, vocabulary, longest)
    if linear is not None:
        linear.check(classes)
    return [networks[k] for k in sorted(networks)], linear


def _linear(weights: Weights, vocabulary: int, longest: int) -> Linear | None:
    expected = [_BIAS, _TABLE] if longest else []
    if sorted(weights) != expected:
        raise ArgumentError(
            f"its linear model should have the weights {expected}, and has {sorted(weights)}"
        )
    if not longest:
        return None
    # The hash of an n-gram needs one bucket or more.
    buckets = max(1, len(weights[_TABLE]) - vocabulary) if weights[_TABLE].ndim else 1
    return Linear(weights[_TABLE], weights[_BIAS], Ngrams(vocabulary, longest, buckets))


def _mean(each: list[Probabilities]) -> Probabilities:
    first, *others = each
    # By a division that is left out where it would change nothing but the last bit.
    return sum(others, start=first) / np.float32(len(each)) if others else first


def _accuracy(scores: Array, targets: Targets) -> float:
    return float((scores.argmax(axis=1) == targets).mean())
