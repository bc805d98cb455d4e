"""What a network made of one document, step by step, and the gradient of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from textseq.network.arrays import AnyArray, FloatArray
from textseq.network.inference.bptt import Direction


class StepWords(NamedTuple):
    """How tables and plots name what an explanation has for each step.

    Args:
        step: A step.
        number: Its number in `Explanation.ids`.
        probabilities: What the probabilities of a step are.
    """

    step: str = "token"
    number: str = "id"
    probabilities: str = "the answer if the sentence ended at this token"


TOKEN_WORDS = StepWords()


@dataclass(frozen=True)
class Explanation:
    """A document's way through a network.

    Args:
        text: The document.
        tokens: The tokens that were read, or the names of its steps.
        ids: Their ids, or numbers: (time,).
        unknown: Tokens that have no id, and so were not read.
        classes: The labels; none where the answer is a number.
        probabilities: Of each class, for each token: (time, classes).
        answer: The answer that is followed back, such as the label of the whole sentence.
        directions: By name, `"forward"` and, where the network has it, `"backward"`.
        network: The names of its cell and pooling, and whatever else describes it.
        before: The probabilities with no token read, (classes,); None where that means nothing.
        together: What the whole model answers, where this network is a part of it.
        followed: The quantity whose gradient is shown; by default, log p of the answer.
        words: How the steps are called.
    """

    text: str
    tokens: tuple[str, ...]
    ids: AnyArray
    unknown: tuple[str, ...]
    classes: tuple[str, ...]
    probabilities: FloatArray
    answer: str
    directions: Mapping[str, Direction]
    network: Mapping[str, Any]
    before: FloatArray | None = None
    together: Any = None
    followed: str = ""
    words: StepWords = TOKEN_WORDS

    @property
    def quantity(self) -> str:
        """The quantity whose gradient is shown."""
        return self.followed or f"log p({self.answer})"

    @property
    def confidence(self) -> float:
        """The probability of the answer, after the last token; NaN where it is a number."""
        if self.answer not in self.classes:
            return float("nan")
        final = self.probabilities[-1] if len(self.tokens) else self.before
        return float("nan") if final is None else float(final[self.classes.index(self.answer)])

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        named = {"label": self.answer, "probability": self.confidence} if self.classes else {}
        return {
            "text": self.text,
            **(named or {"answer": self.answer}),
            "classes": list(self.classes),
            "tokens": list(self.tokens),
            "ids": self.ids.tolist(),
            "unknown": list(self.unknown),
            "before": None if self.before is None else self.before.tolist(),
            "probabilities": self.probabilities.tolist(),
            **{name: direction.to_dict() for name, direction in self.directions.items()},
            "network": dict(self.network),
            "together": None if self.together is None else asdict(self.together),
        }
