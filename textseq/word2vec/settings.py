"""What word vectors are trained with: gensim's hyper-parameters under gensim's names."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from textseq.compute.threads import thread_count
from textseq.errors import ArgumentError

ALGORITHMS = ("skipgram", "cbow", "fasttext")

_AT_LEAST_ONE = (
    "vector_size", "window", "min_count", "epochs", "workers", "max_final_vocab", "min_n", "bucket",
)  # fmt: skip
_NOT_NEGATIVE = ("negative", "sample", "min_alpha", "max_n", "seed")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The hyper-parameters of a training.

    Args:
        algorithm: `"skipgram"` predicts the context from the word, `"cbow"` the word from it
            (Mikolov et al. 2013); `"fasttext"` adds the vectors of a word's n-grams of characters
            to the word's (Bojanowski et al. 2017), and so has vectors for words never seen.
        vector_size: Numbers in a vector.
        window: Words of context on each side, at most.
        min_count: Leave out words that occur less often.
        epochs: Passes over the text.
        negative: Noise words drawn for each true one; 0 for none, which needs `hs`.
        hs: Hierarchical softmax: predict a word by its Huffman code, beside the noise words or,
            with `negative=0`, in their place.
        sample: Words that make up more than this share of the text are passed over at random, the
            more often the commoner; 0 for none. From 1 on, a count in place of a share.
        alpha: The learning rate at the beginning.
        min_alpha: And at the end; it falls in a straight line.
        ns_exponent: Noise words are drawn in proportion to count ** ns_exponent.
        cbow_mean: Whether CBOW takes the mean of the context's vectors, or the sum.
        shrink_windows: Whether each window is drawn from 1 to `window`, or all are that wide.
        sg: Under `"fasttext"`, whether to train as skip-gram or as CBOW.
        min_n: The shortest n-gram of characters under `"fasttext"`.
        max_n: The longest; below `min_n` for none.
        bucket: Rows that n-grams are hashed into under `"fasttext"`.
        max_final_vocab: Raise `min_count` until at most so many words are left; None to leave it.
        compute_loss: Whether to sum up the loss, which costs some time. Not under `"fasttext"`,
            which has none in gensim.
        workers: Threads; None for as many as there are processors.
        deterministic: Train with one thread, so that the same text and settings give the same
            bytes. With more, chance decides which thread comes first, and no two runs agree.
        seed: Of the starting vectors and of all that is drawn.

    Raises:
        ArgumentError: A setting is out of range, or two of them contradict each other.

    Example:
        >>> from textseq.word2vec import Settings
        >>> Settings(algorithm="cbow").window
        5
        >>> Settings(window=0)
        Traceback (most recent call last):
        textseq.errors.ArgumentError: `window` must be 1 or more. Received: 0.
    """

    algorithm: str = "skipgram"
    vector_size: int = 100
    window: int = 5
    min_count: int = 5
    epochs: int = 5
    negative: int = 5
    hs: bool = False
    sample: float = 1e-3
    alpha: float = 0.025
    min_alpha: float = 1e-4
    ns_exponent: float = 0.75
    cbow_mean: bool = True
    shrink_windows: bool = True
    sg: bool = True
    min_n: int = 3
    max_n: int = 6
    bucket: int = 2_000_000
    max_final_vocab: int | None = None
    compute_loss: bool = False
    workers: int | None = None
    deterministic: bool = False
    seed: int = 1

    @classmethod
    def of(cls, given: dict[str, Any]) -> Settings:
        """Return the settings with some given by name; `size` is short for `vector_size`.

        Raises:
            ArgumentError: No setting has such a name.

        Example:
            >>> from textseq.word2vec import Settings
            >>> Settings.of({"size": 50}).vector_size
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
        if self.algorithm not in ALGORITHMS:
            raise ArgumentError(
                f"`algorithm` must be one of {', '.join(ALGORITHMS)}. Received: {self.algorithm!r}."
            )
        for names, least in ((_AT_LEAST_ONE, 1), (_NOT_NEGATIVE, 0)):
            for name in names:
                value = getattr(self, name)
                if value is not None and not value >= least:  # a nan is not
                    raise ArgumentError(f"`{name}` must be {least} or more. Received: {value}.")
        if not self.alpha > 0:
            raise ArgumentError(f"`alpha` must be above 0. Received: {self.alpha}.")
        if self.seed >= 1 << 32:
            raise ArgumentError(f"`seed` must be below 2**32. Received: {self.seed}.")
        self._check_pairs()

    def _check_pairs(self) -> None:
        """Refuse settings that are sound alone and not together."""
        if not self.negative and not self.hs:
            raise ArgumentError(
                "With `negative` 0 and `hs` off nothing is learned; draw noise words (negative=5), "
                "or turn hierarchical softmax on (hs=True)."
            )
        if self.deterministic and (self.workers or 1) > 1:
            raise ArgumentError(
                f"`deterministic` training has one thread. Received: workers={self.workers}; "
                f"leave one of them out."
            )
        if self.compute_loss and self.fasttext:
            raise ArgumentError("`compute_loss` has no meaning under fasttext, which gives none.")

    @property
    def fasttext(self) -> bool:
        """Whether words are made of n-grams of characters."""
        return self.algorithm == "fasttext"

    @property
    def skipgram(self) -> bool:
        """Whether the context is predicted from the word."""
        return self.sg if self.fasttext else self.algorithm == "skipgram"

    @property
    def threads(self) -> int:
        """How many threads train."""
        return 1 if self.deterministic else self.workers or thread_count()
