"""The hyper-parameters of Word2Vec and FastText, under gensim's names and with its defaults."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from textseq.compute.threads import thread_count
from textseq.errors import ArgumentError

ALGORITHMS = ("skipgram", "cbow", "fasttext")


def _setting(default: Any, text: str, **limits: Any) -> Any:
    """Return a field: its default, one sentence of help, and `min`, `above` or `choices`."""
    return dataclasses.field(default=default, metadata={"help": text, **limits})


@dataclass(frozen=True, kw_only=True)
class Word2VecConfig:
    """The hyper-parameters of a training; each field says in its metadata what it means.

    All have gensim's names and defaults, but for `algorithm`, which stands for its two classes and
    for `sg` (Mikolov et al. 2013; FastText is Bojanowski et al. 2017), and `deterministic`.

    Raises:
        ArgumentError: A setting is out of range, or two of them contradict each other.

    Example:
        >>> from textseq.word2vec import Word2VecConfig
        >>> Word2VecConfig(algorithm="cbow").window
        5
        >>> Word2VecConfig(window=0)
        Traceback (most recent call last):
        textseq.errors.ArgumentError: `window` must be 1 or more. Received: 0.
    """

    algorithm: str = _setting(
        "skipgram",
        "skipgram predicts the context from the word, cbow the word from its context; fasttext "
        "also learns n-grams of characters.",
        choices=ALGORITHMS,
    )
    vector_size: int = _setting(100, "Length of the vectors.", min=1)
    window: int = _setting(5, "Largest distance of a context word, on each side.", min=1)
    min_count: int = _setting(5, "Ignore words that occur fewer times.", min=1)
    max_final_vocab: int | None = _setting(
        None, "Raise `min_count` until at most this many words are left.", min=1
    )
    negative: int = _setting(
        5, "Noise words drawn for each true one; 0 for none, which needs `hs`.", min=0
    )
    hs: bool = _setting(False, "Train with hierarchical softmax, beside noise words if any.")
    sample: float = _setting(
        1e-3,
        "Skip words above this relative frequency at random, the more often the more frequent; "
        "0 skips none, and from 1 on it is a count.",
        min=0,
    )
    ns_exponent: float = _setting(
        0.75, "Noise words are drawn in proportion to count ** ns_exponent."
    )
    cbow_mean: bool = _setting(True, "Average the context's vectors under cbow, or sum them.")
    shrink_windows: bool = _setting(
        True, "Draw each window's width from 1 to `window`, or keep all at `window`."
    )
    sg: bool = _setting(True, "Train fasttext as skip-gram, or as CBOW.")
    min_n: int = _setting(3, "Length of the shortest character n-gram under fasttext.", min=1)
    max_n: int = _setting(
        6, "Length of the longest; below `min_n`, fasttext uses no n-grams.", min=0
    )
    bucket: int = _setting(
        2_000_000, "Rows that character n-grams are hashed into under fasttext.", min=1
    )
    alpha: float = _setting(0.025, "Initial learning rate.", above=0)
    min_alpha: float = _setting(1e-4, "Final learning rate; it falls linearly.", min=0)
    epochs: int = _setting(5, "Passes over the text.", min=1)
    compute_loss: bool = _setting(
        False, "Report the loss, which costs some speed; fasttext has none."
    )
    workers: int | None = _setting(None, "Threads; one for each processor if not given.", min=1)
    deterministic: bool = _setting(
        False, "Train on one thread, with the same bytes each time; on more, runs differ."
    )
    seed: int = _setting(1, "Seed of the initial vectors and of all random draws.", min=0)

    @classmethod
    def from_names(cls, given: dict[str, Any]) -> Word2VecConfig:
        """Return a configuration with some settings given; `size` is short for `vector_size`.

        Raises:
            ArgumentError: No setting has such a name.

        Example:
            >>> from textseq.word2vec import Word2VecConfig
            >>> Word2VecConfig.from_names({"size": 50}).vector_size
            50
        """
        given = {"vector_size" if name == "size" else name: given[name] for name in given}
        names = [field.name for field in dataclasses.fields(cls)]
        unknown = [name for name in given if name not in names]
        if unknown:
            raise ArgumentError(
                f"Word vectors have no setting named {', '.join(map(repr, unknown))}; expected "
                f"some of {', '.join(names)}."
            )
        return cls(**given)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is not None:
                _check_range(field.name, value, field.metadata)
        if self.seed >= 1 << 32:
            raise ArgumentError(f"`seed` must be below 2**32. Received: {self.seed}.")
        if not self.negative and not self.hs:
            raise ArgumentError(
                "With `negative` 0 and `hs` off nothing is learned; draw noise words (negative=5), "
                "or use hierarchical softmax (hs=True)."
            )
        if self.deterministic and (self.workers or 1) > 1:
            raise ArgumentError(
                f"`deterministic` training has one thread. Received: workers={self.workers}; "
                f"leave one of them out."
            )
        if self.compute_loss and self.fasttext:
            raise ArgumentError("`compute_loss` has no meaning under fasttext, which reports none.")

    @property
    def fasttext(self) -> bool:
        """Whether words are made of character n-grams."""
        return self.algorithm == "fasttext"

    @property
    def skipgram(self) -> bool:
        """Whether the context is predicted from the word."""
        return self.sg if self.fasttext else self.algorithm == "skipgram"

    @property
    def threads(self) -> int:
        """How many threads train."""
        return 1 if self.deterministic else self.workers or thread_count()


def _check_range(name: str, value: Any, limits: Any) -> None:
    """Refuse a value outside the limits of its field; NaN is outside of all."""
    if "choices" in limits and value not in limits["choices"]:
        expected = f"one of {', '.join(limits['choices'])}"
        raise ArgumentError(f"`{name}` must be {expected}. Received: {value!r}.")
    if "min" in limits and not value >= limits["min"]:
        raise ArgumentError(f"`{name}` must be {limits['min']} or more. Received: {value}.")
    if "above" in limits and not value > limits["above"]:
        raise ArgumentError(f"`{name}` must be above {limits['above']}. Received: {value}.")
