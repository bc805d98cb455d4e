"""From the pooled state to the answer."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Float = TypeVar("Float", np.float32, np.float64)


def softmax(logits: npt.NDArray[Float]) -> npt.NDArray[Float]:
    """Return the probabilities of logits: (documents, classes).

    Example:
        >>> import numpy as np
        >>> from textseq.network.heads import softmax
        >>> softmax(np.zeros((1, 2)))
        array([[0.5, 0.5]])
    """
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: npt.NDArray[Float] = raised / raised.sum(axis=1, keepdims=True)
    return probabilities
