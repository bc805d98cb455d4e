"""A trained encoder-decoder with its words: texts in, texts out.

It loads without scikit-learn, Keras and TensorFlow. `SequenceToSequence` holds one after `fit` or
`load`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from textseq.compute.blas import one_thread_per_product
from textseq.compute.settings import shown
from textseq.compute.threads import ordered_map
from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.network.arrays import FloatArray, IntArray
from textseq.network.encoder_decoder import TABLE
from textseq.network.inference.decoding import DecoderState, EncoderDecoder, ended
from textseq.seq2seq.config import Seq2SeqConfig
from textseq.seq2seq.search import Answer, search
from textseq.sequences.sequences import Sequences
from textseq.tasks.model_card import ModelCard, plain_card
from textseq.tasks.model_folder import ModelFormat, SavedModel
from textseq.tasks.network_weights import flatten_weights, split_weights
from textseq.tokenizer.analyzers import name_of_analyzer
from textseq.tokenizer.tokenizer import Tokenizer

UNKNOWN = "<unk>"
TOKENIZERS = ("source_tokenizer.json", "target_tokenizer.json")

AT_ONCE = 64
"""Sources that are answered together."""


@dataclass(frozen=True)
class Translation:
    """An answer, and how it was found.

    Args:
        text: The answer.
        tokens: Its tokens.
        source: The tokens of the source, those that are unknown included.
        attention: How much of each of them, and of the source's end, was read for each token of
            the answer, and for its end: float32, (tokens + 1, source + 1); None without attention.
        score: The log-probability, divided by a power of the length.
    """

    text: str
    tokens: list[str]
    source: list[str]
    attention: FloatArray | None
    score: float

    def to_dict(self) -> dict[str, Any]:
        """Return all that is known, for JSON."""
        attention = (
            None if self.attention is None else self.attention.astype(float).round(4).tolist()
        )
        return {**vars(self), "attention": attention}


@dataclass(frozen=True, eq=False, repr=False)
class Translator:
    """A trained encoder-decoder; `load` reads one from a folder.

    Args:
        config: Its settings.
        source: The fitted tokenizer of the sources.
        target: That of the targets.
        networks: The networks, whose probabilities are averaged.
        longest: The most tokens that an answer may have.

    Example:
        >>> from tempfile import mkdtemp
        >>> from textseq.seq2seq import Seq2SeqConfig, Translator
        >>> from textseq.seq2seq.fit import train_translator
        >>> config = Seq2SeqConfig(units=16, dimension=16, epochs=25, learning_rate=0.02)
        >>> pairs = ["a dog", "a cat"] * 8, ["ein hund", "eine katze"] * 8
        >>> folder = mkdtemp() + "/model"
        >>> trained = train_translator(*pairs, config)
        >>> trained.model.save(folder, trained.metrics)
        >>> translator = Translator.load(folder)
        >>> translator
        Translator(gru, attention general, 5 source ids, 6 target ids)
        >>> translator.explain("a cat").attention.shape  # of 2 tokens and the end, likewise
        (3, 3)
    """

    config: Seq2SeqConfig
    source: Tokenizer
    target: Tokenizer
    networks: Sequence[EncoderDecoder]
    longest: int

    @classmethod
    def load(cls, path: StrPath, *, analyzer: Any = None) -> Translator:
        """Read a model from a folder. Nothing in the folder can run code.

        Args:
            path: The folder.
            analyzer: The analyzer that it was trained with, where that is code of your own.

        Raises:
            ArtifactError: The folder is not whole, was changed, or does not fit together.
        """
        saved = FORMAT.load(path)
        source, target = (_load_tokenizer(Path(path) / name, analyzer) for name in TOKENIZERS)
        with wrap_read_errors(f"The model '{path}'", "cannot be used"):
            entries = {**saved.config, "analyzer": source.analyzer}
            config = Seq2SeqConfig.from_config(entries)
            spec = config.spec(count_ids(source), count_ids(target))
            parts, others = split_weights(saved.weights)
            if others or len(parts) != config.networks:
                raise ArgumentError(f"its weights are not those of {config.networks} networks")
            for weights in parts:
                weights[TABLE] = weights[TABLE].astype(np.float32)
            networks = [EncoderDecoder(spec, weights) for weights in parts]
            check_entries({"longest": saved.config.get("longest")})
            for name, tokenizer in zip(TOKENIZERS, (source, target), strict=True):
                if tokenizer.word_index.get(UNKNOWN) != 1:
                    raise ArgumentError(f"its {name} has no {UNKNOWN}")
                if (least := min(tokenizer.word_index.values())) < 1:
                    raise ArgumentError(f"its {name} has the id {least}, below 1")
        return cls(config, source, target, networks, saved.config["longest"])

    def save(self, path: StrPath, metrics: Mapping[str, Any], *, force: bool = False) -> None:
        """Write the model, and how its training went, to a folder; see `tasks.model_folder`."""
        config = {**self.config.to_config(), "longest": self.longest}
        config["analyzer"] = name_of_analyzer(self.config.analyzer)
        writers = dict(zip(TOKENIZERS, (self.source.save, self.target.save), strict=True))
        saved = SavedModel(config, self.weights, dict(metrics))
        FORMAT.save(path, saved, writers, force=force)

    @property
    def weights(self) -> dict[str, FloatArray]:
        """All weights by name; see `flatten_weights`."""
        return flatten_weights(network.weights for network in self.networks)

    def predict(self, texts: Iterable[str], *, beam: int | None = None) -> list[str]:
        """Return the answer to each text.

        Args:
            texts: Strings, or Arrow strings.
            beam: How many beginnings the search keeps; None for the setting `beam`.
        """
        return [each.text for each in self.translate(texts, beam=beam)]

    def explain(self, text: str, *, beam: int | None = None) -> Translation:
        """Return the answer to one text, with the attention of each of its tokens."""
        return self.translate([text], beam=beam)[0]

    def translate(self, texts: Iterable[str], *, beam: int | None = None) -> list[Translation]:
        """Return the answer to each text, and how it was found; see `predict`."""
        if isinstance(texts, str):
            raise ArgumentError("`X` must be a list of texts. Received one str; write [text].")
        beam = self.config.beam if beam is None else beam
        if not isinstance(beam, int) or beam < 1:
            raise ArgumentError(f"`beam` must be an integer, 1 or more. Received: {shown(beam)}.")
        texts = [getattr(text, "as_py", lambda text=text: text)() for text in texts]
        ids = self.source.encode(texts).truncate(self.config.maxlen, "post")
        order = np.argsort(-ids.lengths, kind="stable")
        parts = [order[first : first + AT_ONCE] for first in range(0, len(order), AT_ONCE)]
        found: list[Any] = [None] * len(texts)
        with one_thread_per_product():
            for part, answers in zip(
                parts, ordered_map(lambda part: self._answer(ids[part], beam), parts), strict=True
            ):
                for place, answer in zip(part.tolist(), answers, strict=True):
                    found[place] = self._decode(texts[place], answer)
        return found

    def _answer(self, ids: Sequences, beam: int) -> list[Answer]:
        states = [DecoderState(network, ended(ids), beam) for network in self.networks]
        decoder = states[0] if len(states) == 1 else _Mean(states)
        limits, penalty = np.full(len(ids), self.longest), self.config.penalty
        return [best for best, *_ in search(decoder, limits, beam=beam, penalty=penalty)]

    def _decode(self, text: str, answer: Answer) -> Translation:
        """Return an answer in words; for unknown ones, what was read most, or a name for them."""
        source = next(self.source.tokenize([text]))[: self.config.maxlen]
        attention = answer.attention
        if attention is not None:
            attention = attention[:, : len(source) + 1]
        tokens = [self.target.index_word.get(i, UNKNOWN) for i in answer.ids]
        if attention is not None and source and self.config.unknown == "copy":
            # Of an unknown word, the one that was read most; of those that are unknown, if any.
            is_known = np.array([word in self.source.word_index for word in source])
            read = attention[:, :-1] - (is_known & ~is_known.all())
            tokens = [
                source[int(read[step].argmax())] if i == 1 else token
                for step, (i, token) in enumerate(zip(answer.ids, tokens, strict=True))
            ]
        return Translation(self.config.join(tokens), tokens, source, attention, answer.score)

    def __repr__(self) -> str:
        sides = f"{count_ids(self.source):,} source ids, {count_ids(self.target):,} target ids"
        return f"Translator({self.config.cell}, attention {self.config.attention}, {sides})"


class _Mean:
    """Several networks that search together: their probabilities are averaged."""

    def __init__(self, states: Sequence[DecoderState]) -> None:
        self.states = states

    def step(self, last: IntArray) -> tuple[FloatArray, FloatArray | None]:
        log_p, attentions = zip(*(state.step(last) for state in self.states), strict=True)
        mean = np.logaddexp.reduce(log_p) - np.float32(np.log(len(log_p)))
        return mean, None if attentions[0] is None else np.mean(attentions, axis=0)

    def keep(self, sources: IntArray, beams: IntArray) -> None:
        for state in self.states:
            state.keep(sources, beams)


def count_ids(tokenizer: Tokenizer) -> int:
    """Return the number of ids that a tokenizer gives, the reserved 0 included."""
    beyond = 1 + max(tokenizer.word_index.values(), default=0)
    return beyond if tokenizer.num_words is None else min(beyond, tokenizer.num_words)


def _load_tokenizer(path: Path, analyzer: Any) -> Tokenizer:
    """Read a tokenizer; of the user's analyzer, if it names one, only where it is no built-in."""
    try:
        return Tokenizer.load(path)
    except ArtifactError:
        if analyzer is None:
            raise
        return Tokenizer.load(path, analyzer=analyzer)


def check_entries(entries: Mapping[str, Any]) -> None:
    """Check the entries of a config.json; the analyzer, which may be code, is not imported.

    Raises:
        ArgumentError: One is not what it should be.
    """
    Seq2SeqConfig.from_config(entries)
    longest = entries.get("longest", 1)
    if type(longest) is not int or not 0 <= longest <= LONGEST:
        raise ArgumentError(
            f"its longest must be an integer up to {LONGEST:,}. Received: {shown(longest)}."
        )


LONGEST = 100_000


def _card_of(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> ModelCard:  # noqa: ARG001
    """Return the model card of a folder; see `ModelFormat`."""
    return plain_card(
        "translation",
        "An encoder-decoder: it answers a text with another, such as its translation.",
        'textseq translate predict {model} "a text"',
        "from textseq.seq2seq import Translator\n\n"
        'print(Translator.load({model}).predict(["a text"]))',
        config,
    )


FORMAT = ModelFormat(
    name="textseq-seq2seq",
    version=1,
    noun="encoder-decoder",
    command="textseq translate train",
    check_entries=check_entries,
    others=TOKENIZERS,
    card=_card_of,
)
