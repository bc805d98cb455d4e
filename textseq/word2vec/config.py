"""The hyper-parameters of Word2Vec and FastText, under gensim's names and with its defaults."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from textseq.compute.settings import check_settings, setting
from textseq.compute.threads import thread_count
from textseq.errors import ArgumentError

ALGORITHMS = ("skipgram", "cbow", "fasttext")


@dataclass(frozen=True, kw_only=True)
class Word2VecConfig:
    """The hyper-parameters of a training; each field's metadata says what it means.

    All have gensim's names and defaults, except `algorithm`, in place of its two classes and
    `sg` (Mikolov et al. 2013; FastText is Bojanowski et al. 2017), and `deterministic`.

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

    algorithm: str = setting(
        "skipgram",
        "skipgram predicts the context from the word, cbow the word from its context; fasttext "
        "also learns n-grams of characters.",
        choices=ALGORITHMS,
    )
    vector_size: int = setting(
        100, "Length of the vectors.", at_least=1, at_most=50_000, flags=("--vector-size", "--size")
    )
    window: int = setting(
        5, "Largest distance of a context word, on each side.", at_least=1, at_most=10_000
    )
    min_count: int = setting(5, "Ignore words that occur fewer times.", at_least=1)
    max_final_vocab: int | None = setting(
        None, "Raise `min_count` until at most this many words are left.", at_least=1
    )
    negative: int = setting(
        5,
        "Noise words drawn for each true one; 0 for none, which needs `hs`.",
        at_least=0,
        at_most=10_000,
    )
    hs: bool = setting(False, "Train with hierarchical softmax, beside noise words if any.")
    sample: float = setting(
        1e-3,
        "Skip words above this relative frequency at random, the more often the more frequent; "
        "0 skips none, and from 1 on it is a count.",
        at_least=0,
        at_most=1e15,
    )
    ns_exponent: float = setting(
        0.75,
        "Noise words are drawn in proportion to count ** ns_exponent.",
        at_least=-10,
        at_most=10,
    )
    cbow_mean: bool = setting(
        True,
        "Average the context's vectors under cbow, or sum them.",
        flags=("--cbow-mean/--cbow-sum",),
    )
    shrink_windows: bool = setting(
        True,
        "Draw each window's width from 1 to `window`, or keep all at `window`.",
        flags=("--shrink-windows/--fixed-windows",),
    )
    sg: bool = setting(True, "Train fasttext as skip-gram, or as CBOW.")
    min_n: int = setting(
        3, "Length of the shortest character n-gram under fasttext.", at_least=1, at_most=1000
    )
    max_n: int = setting(
        6,
        "Length of the longest; below `min_n`, fasttext uses no n-grams.",
        at_least=0,
        at_most=1000,
    )
    bucket: int = setting(
        2_000_000,
        "Rows that character n-grams are hashed into under fasttext.",
        at_least=1,
        at_most=100_000_000,
    )
    alpha: float = setting(0.025, "Initial learning rate.", above=0, at_most=10)
    min_alpha: float = setting(
        1e-4, "Final learning rate; it falls linearly.", at_least=0, at_most=10
    )
    epochs: int = setting(5, "Passes over the text.", at_least=1, at_most=100_000)
    compute_loss: bool = setting(
        False,
        "Report the loss, which costs some speed; fasttext has none.",
        flags=("--compute-loss",),
    )
    workers: int | None = setting(
        None, "Threads; one for each processor if not given.", at_least=1, at_most=1000
    )
    deterministic: bool = setting(
        False,
        "Train on one thread, with the same bytes each time; on more, runs differ.",
        flags=("--deterministic",),
    )
    seed: int = setting(
        1, "Seed of the initial vectors and of all random draws.", at_least=0, below=1 << 32
    )

    @classmethod
    def from_names(cls, given: dict[str, Any]) -> Word2VecConfig:
        """Return a configuration with some settings given; `size` is short for `vector_size`."""
        given = {"vector_size" if name == "size" else name: given[name] for name in given}
        names = [field.name for field in dataclasses.fields(cls)]
        if unknown := [name for name in given if name not in names]:
            raise ArgumentError(
                f"Word vectors have no setting named {', '.join(map(repr, unknown))}; expected "
                f"some of {', '.join(names)}."
            )
        return cls(**given)

    def __post_init__(self) -> None:
        check_settings(self)
        if not self.negative and not self.hs:
            raise ArgumentError(
                "With `negative` 0 and `hs` off nothing is learned; draw noise words (negative=5), "
                "or use hierarchical softmax (hs=True)."
            )
        if self.deterministic and (self.workers or 1) > 1:
            raise ArgumentError(
                f"`deterministic` training has one thread. Received: workers={self.workers}."
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
