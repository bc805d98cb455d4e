"""Temperature scaling: one number that makes a network's probabilities mean what they say.

Networks that train until they are right are too sure of themselves. Dividing the logits by a
temperature T > 1 makes all answers less sure, by T < 1 surer, and changes none of them; T is fitted
on texts that training has not seen (Guo et al. 2017, "On Calibration of Modern Neural Networks").

Whether it helps is judged by the negative log-likelihood and not by the calibration error (ECE),
which hangs on its bins and, on a few hundred texts, on chance. And it is judged on texts that the
temperature was not fitted on, fold by fold: else one number more always seems to help.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from textseq.network.heads import softmax

Probabilities = npt.NDArray[np.float32]
Targets = npt.NDArray[np.int64]

FOLDS = 5
LOWEST, HIGHEST = 0.05, 20.0
"""Between these a temperature is looked for."""

_SMALLEST = 1e-30
"""What a probability of 0 counts for, whose logarithm is not finite."""


def tempered(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return what probabilities become when the logits are divided by a temperature.

    softmax(z / T) is p^(1/T), divided by its sum. The largest stays the largest.

    Args:
        probabilities: float32, shape (documents, classes).
        temperature: T, above 0.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.calibration import tempered
        >>> tempered(np.array([[0.9, 0.1]], "float32"), 2.0).round(2)
        array([[0.75, 0.25]], dtype=float32)
    """
    if temperature == 1 or not len(probabilities):
        return probabilities
    scaled = softmax(logits_of(probabilities) / temperature).astype(np.float32)
    # Two that differed by a hair may have become equal.
    best = probabilities.argmax(axis=1)
    lost = np.flatnonzero(scaled.argmax(axis=1) != best)
    scaled[lost, best[lost]] = np.nextafter(scaled[lost].max(axis=1), np.float32(2))
    return scaled


def fitted_temperature(probabilities: Probabilities, targets: Targets) -> float:
    """Return the temperature that makes labelled texts likeliest, or 1 where none helps.

    Args:
        probabilities: The network's, of texts it was not trained on: (documents, classes).
        targets: Their class numbers: (documents,).

    Returns:
        The T that minimises the negative log-likelihood, if doing so on four fifths of the texts
        lowers that of the others; else 1.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.calibration import fitted_temperature
        >>> sure = np.tile(np.array([[0.99, 0.01]], "float32"), (100, 1))
        >>> right_in_three_of_four = np.arange(100) % 4 // 3
        >>> round(fitted_temperature(sure, right_in_three_of_four), 1)
        4.2
    """
    logits = logits_of(probabilities)
    if len(targets) < 2 * FOLDS:
        return 1.0
    # By chance, since the order of the texts may have a pattern.
    documents = np.random.default_rng(0).permutation(len(targets))
    before = after = 0.0
    for fold in range(FOLDS):
        held = documents % FOLDS == fold
        temperature = _fit(logits[~held], targets[~held])
        before += loss_of(logits[held], targets[held]) * held.sum()
        after += loss_of(logits[held] / temperature, targets[held]) * held.sum()
    return _fit(logits, targets) if after < before else 1.0


def _fit(logits: npt.NDArray[np.float64], targets: Targets) -> float:
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        return loss_of(logits / np.exp(log_temperature), targets)

    found = minimize_scalar(loss, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded")
    return float(np.exp(found.x))


def loss_of(logits: npt.NDArray[np.float64], targets: Targets) -> float:
    """Return the mean negative log-likelihood of class numbers.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.calibration import loss_of
        >>> round(loss_of(np.zeros((1, 2)), np.array([1])), 2)
        0.69
    """
    given = softmax(logits)[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(given, _SMALLEST)).mean())


def logits_of(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Return the logits of probabilities, less what all of a row have in common.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.calibration import logits_of
        >>> logits_of(np.array([[0.5, 0.5]], "float32")).round(2)
        array([[-0.69, -0.69]])
    """
    logits: npt.NDArray[np.float64] = np.log(
        np.maximum(probabilities.astype(np.float64), _SMALLEST)
    )
    return logits
