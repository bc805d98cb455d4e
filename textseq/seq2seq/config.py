"""The settings of an encoder-decoder, each declared once, and the presets.

This module imports nothing heavy, so that the help of the command line does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textseq.compute.settings import setting
from textseq.errors import ArgumentError
from textseq.registry import did_you_mean
from textseq.tasks.settings import LARGEST, NetworkSettings, inherited
from textseq.tokenizer.analyzers import SUBWORDS, join_pieces

if TYPE_CHECKING:
    from textseq.network.encoder_decoder import EncoderDecoderSpec

ATTENTIONS = ("general", "dot", "last", "none")
UNJOINED = ("characters", "syllables")
"""Analyzers whose tokens make a text without spaces between them."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "attention": {},
    "characters": {
        "analyzer": "syllables",
        "units": 64,
        "dimension": 32,
        "tied": False,
        "min_count": 1,
        "batch_size": 128,
        "learning_rate": 5e-3,
        "epochs": 6,
        "dropout": 0.0,
        "vector_dropout": 0.0,
        "word_dropout": 0.0,
        "smoothing": 0.0,
        "beam": 1,
    },
    "textbook": {
        "cell": "simple_rnn",
        "units": 256,
        "bidirectional": False,
        "attention": "none",
        "tied": False,
        "word_dropout": 0.0,
        "smoothing": 0.0,
        "learning_rate": 1e-3,
        "unknown": "name",
    },
}
"""The settings in which a preset differs from the defaults: of words with attention; of characters,
for what rules decide, such as dates; and the textbook's form."""


def _is_analyzer(value: Any) -> bool:
    return isinstance(value, str) or callable(value)


@dataclass(frozen=True)
class Seq2SeqConfig(NetworkSettings):
    """The settings of an encoder-decoder.

    Raises:
        ArgumentError: A setting is not of its type, or out of its range; the message names both.

    Example:
        >>> from textseq.seq2seq.config import Seq2SeqConfig
        >>> Seq2SeqConfig.from_preset("textbook", units=64).attention
        'none'
        >>> Seq2SeqConfig(attention="bahdanau")
        Traceback (most recent call last):
        textseq.errors.ArgumentError: `attention` must be one of general, dot, last, none. ...
    """

    cell: str = inherited("cell", "gru")
    units: int = inherited("units", 256)
    dropout: float = inherited("dropout", 0.3)
    batch_size: int = inherited("batch_size", 64)
    learning_rate: float = inherited("learning_rate", 2e-3)
    validation_fraction: float = inherited("validation_fraction", 0.05)
    bidirectional: bool = setting(
        True,
        "Whether a second cell reads each source from its end; the decoder's state is then twice "
        "as large.",
        flags=("--bidirectional/--no-bidirectional",),
    )
    attention: str = setting(
        "general",
        "How the decoder looks back at the source: general or dot (Luong et al. 2015); last, at "
        "the encoder's last state alone (Cho et al. 2014); or none, the textbook's plain form.",
        choices=ATTENTIONS,
    )
    dimension: int = setting(256, "Length of a word vector.", at_least=1, at_most=65_536)
    tied: bool = setting(
        True,
        "Whether the output weights are the target's word vectors; needs attention.",
        flags=("--tied/--untied",),
    )
    vector_dropout: float = setting(0.3, "Dropout rate on the word vectors.", at_least=0, below=1)
    word_dropout: float = setting(
        0.1,
        "Rate at which training takes words of the sources for unknown ones.",
        at_least=0,
        below=1,
    )
    smoothing: float = setting(
        0.1,
        "What part of the probability training spreads over all words (label smoothing).",
        at_least=0,
        below=1,
    )
    warmup: float = setting(
        0.5,
        "Epochs over which the learning rate rises to its largest value.",
        at_least=0,
        at_most=1_000_000,
    )
    analyzer: Any = setting(
        "whitespace",
        "How texts become tokens: whitespace, words_and_marks, syllables (every character, spaces "
        "too), characters, words (Keras's), bpe or unigram (sub-words), kiwi (Korean morphemes), "
        "or your own package.module:function.",
        option_type=str,
        accepts=_is_analyzer,
        expected="a name, 'package.module:function' or a callable",
    )
    vocab_size: int | None = setting(
        None,
        "How many sub-words bpe or unigram learns of each side; 8,000 if not given.",
        at_least=10,
        at_most=LARGEST,
    )
    min_count: int = setting(
        2, "Use words that occur at least this often; others are unknown.", at_least=1,
        at_most=LARGEST,
    )  # fmt: skip
    num_words: int | None = setting(
        None,
        "Of each side, use the NUM_WORDS - 1 most frequent words, as Keras does.",
        at_least=3,
        at_most=LARGEST,
    )
    maxlen: int = setting(
        100,
        "Pairs with a text of more tokens are not trained on; such sources are truncated.",
        at_least=1,
        at_most=LARGEST,
    )
    beam: int = setting(
        4, "How many beginnings beam search keeps; 1 is greedy search.", at_least=1, at_most=1_000
    )
    penalty: float = setting(
        1.0,
        "The power of an answer's length by which its log-probability is divided.",
        at_least=0,
        at_most=10,
    )
    unknown: str = setting(
        "copy",
        "How an unknown word in an answer is written: copy, the word of the source that was read "
        "most, or name, <unk>.",
        choices=("copy", "name"),
    )

    def __post_init__(self) -> None:
        """Check types, ranges, and what goes together."""
        super().__post_init__()
        if self.tied and self.attention == "none":
            raise ArgumentError(
                "`tied` needs `attention`, whose output has the size of a word vector; use "
                "--untied (tied=False), or --attention general (attention='general')."
            )

    @classmethod
    def from_preset(cls, preset: str, **own: Any) -> Seq2SeqConfig:
        """Return the settings of a preset, but for those given."""
        return cls(**preset_settings(preset, own))

    @property
    def description(self) -> str:
        """What is trained, in a few words."""
        kind = {"simple_rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}.get(self.cell, self.cell)
        both = " in both directions" if self.bidirectional else ""
        attention = "no" if self.attention == "none" else self.attention
        return f"{kind}{both}, {self.units} units, {attention} attention, tokens by {self.analyzer}"

    def join(self, tokens: Iterable[str]) -> str:
        """Return the text that tokens make."""
        if self.analyzer in SUBWORDS:
            return join_pieces(tokens)
        return ("" if self.analyzer in UNJOINED else " ").join(tokens)

    def spec(self, sources: int, targets: int) -> EncoderDecoderSpec:
        """Return the parts and sizes of each network, given the number of ids of each side."""
        from textseq.network.encoder_decoder import EncoderDecoderSpec

        return EncoderDecoderSpec(
            cell=self.cell,
            units=self.units * (1 + self.bidirectional),
            dimension=self.dimension,
            bidirectional=self.bidirectional,
            attention=self.attention,
            tied=self.tied,
            sources=sources,
            targets=targets,
        )


def preset_settings(preset: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a preset, and those of one's own, which come first.

    Raises:
        ArgumentError: There is no such preset.

    Example:
        >>> from textseq.seq2seq.config import preset_settings
        >>> preset_settings("attention", {"units": 64})
        {'units': 64}
    """
    if preset not in PRESETS:
        raise ArgumentError(f"{preset!r} is not a preset; {did_you_mean(preset, [*PRESETS])}.")
    return {**PRESETS[preset], **own}
