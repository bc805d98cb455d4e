"""The settings of a tagger: those of every network, and its own."""

from __future__ import annotations

from dataclasses import dataclass

from textseq.compute.settings import setting
from textseq.tasks.settings import LARGEST, NetworkSettings, inherited


@dataclass(frozen=True)
class TaggerConfig(NetworkSettings):
    """The settings of a `SequenceTagger`; see `NetworkSettings`.

    Example:
        >>> from textseq.tagger.config import TaggerConfig
        >>> TaggerConfig().batch_size, TaggerConfig().affixes
        (16, 4)
    """

    batch_size: int = inherited("batch_size", 16)
    bidirectional: bool = setting(True, "Whether a second cell reads each sentence from its end.")
    dimension: int = setting(100, "Length of a word's vector.", at_least=1, at_most=16_384)
    affixes: int = setting(
        4,
        "The longest prefix and suffix, in characters, that a word's vector is made of besides its "
        "own; 0 for none.",
        at_least=0,
        at_most=100,
    )
    buckets: int = setting(
        1 << 16,
        "Number of vectors that all prefixes, suffixes and shapes share.",
        at_least=1,
        at_most=LARGEST >> 1,
    )
    word_dropout: float = setting(
        0.2,
        "How often training leaves out a word's own vector, so that the network learns to tag "
        "unknown words by their affixes.",
        at_least=0,
        below=1,
    )
    vector_dropout: float = setting(0.3, "Dropout rate on the vectors.", at_least=0, below=1)
    linear: bool = setting(
        True, "Whether a linear model of words and their neighbours answers with the networks."
    )
