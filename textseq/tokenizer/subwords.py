"""Sub-words: words in pieces that are learned from texts, by Hugging Face's `tokenizers`.

    bpe      characters are pieces; the two pieces that stand side by side most often become one,
             again and again (Sennrich et al. 2016)
    unigram  of many pieces, those are kept that make the texts most probable (Kudo 2018)

A frequent word is one piece, and a word that no text had is several pieces that others had. A piece
that begins with `MARK` begins a word, so that pieces make a text again, with single spaces. A run
of punctuation is a word of its own.

The same texts give the same pieces: what `tokenizers` leaves to chance is put in order here. This
module is imported only where sub-words are used.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from textseq.compute.threads import thread_count
from textseq.errors import ArgumentError, NotFittedError, require_extra
from textseq.files.safe_load import wrap_read_errors
from textseq.tokenizer.analyzers import MARK

require_extra("tokenizers", "Splitting texts into sub-words")
os.environ.setdefault("RAYON_NUM_THREADS", str(thread_count()))  # of `tokenizers`

UNKNOWN = "\ufffd"
"""The piece in place of characters that no piece has: Unicode's replacement character."""

_SPACE = r"[\s\x1c-\x1f\x85]+"  # what Python splits at
_WORD = rf"{MARK}?(?:[\w']+|[^\w'{MARK}]+)"
_CODE_POINTS = 0x110000
_PENALTY = 1e-4


@dataclass(frozen=True)
class Untrained:
    """An analyzer that has yet to learn its pieces; `kind` is its name."""

    kind: str

    def __call__(self, _text: str) -> list[str]:
        """Raise an error that says how pieces are learned."""
        raise NotFittedError(
            f"The analyzer {self.kind!r} has learned no sub-words yet; fit a tokenizer on texts "
            f"first (`textseq tokenize TEXTS --analyzer {self.kind} --save-tokenizer "
            f"tokenizer.json`), or use another analyzer."
        )


bpe, unigram = Untrained("bpe"), Untrained("unigram")


class Subwords:
    """Learned pieces of words; an analyzer: the function from a text to its pieces.

    Args:
        json_string: A tokenizer of `tokenizers` as JSON. Its pieces are used, and nothing else.
        lower: Whether texts are lower-cased.

    Raises:
        ArtifactError: It is not what `to_json` returns.
    """

    def __init__(self, json_string: str, *, lower: bool) -> None:
        with wrap_read_errors("its sub-words"):
            model = _model_of(json.loads(json_string)["model"])
        self._tokenizer = _tokenizer_of(model, lower=lower)
        ids = self._tokenizer.get_vocab()
        self._pieces = sorted(ids, key=ids.__getitem__)

    @classmethod
    def learn(
        cls, texts: Sequence[pa.Array], kind: str, vocab_size: int, *, lower: bool
    ) -> Subwords:
        """Learn pieces from texts.

        Args:
            texts: Arrow strings, in batches.
            kind: `"bpe"` or `"unigram"`.
            vocab_size: The number of pieces, at most. Up to half of them are characters, the most
                frequent ones.
            lower: Whether to lower-case the texts.

        Example:
            >>> import pyarrow as pa
            >>> from textseq.tokenizer.subwords import Subwords
            >>> texts = [pa.array(["low lower lowest"] * 9)]
            >>> pieces = Subwords.learn(texts, "bpe", 20, lower=True)
            >>> [piece.replace("\u2581", "_") for piece in pieces("Lowest of slow")]
            ['_lowest', '_', 'o', '\ufffd', '_', 's', 'lo', 'w']
        """
        from tokenizers import models, trainers

        about: dict[str, Any] = {
            "vocab_size": vocab_size,
            "special_tokens": [UNKNOWN],
            "show_progress": False,
        }
        model: Any = models.BPE(unk_token=UNKNOWN, fuse_unk=True)
        trainer: Any = trainers.BpeTrainer(**about, min_frequency=2)
        if kind == "unigram":
            model, trainer = models.Unigram(), trainers.UnigramTrainer(**about, unk_token=UNKNOWN)
        left_out = [ord(UNKNOWN), *_rare_characters(texts, vocab_size // 2, lower=lower)]
        blank = dict.fromkeys(left_out, " ")
        known = (
            [(text.lower() if lower else text).translate(blank) for text in batch.to_pylist()]
            for batch in texts
        )
        tokenizer = _tokenizer_of(model, lower=lower)
        tokenizer.train_from_iterator(known, trainer)
        layout = json.loads(tokenizer.to_str())
        layout["added_tokens"] = []  # which would be found in texts before any other piece
        if kind == "unigram":
            layout["model"]["vocab"] = _in_order(layout["model"]["vocab"])
        return cls(json.dumps(layout), lower=lower)

    def to_json(self) -> str:
        """Return the pieces as JSON, which `tokenizers.Tokenizer.from_str` reads too."""
        return str(self._tokenizer.to_str())

    def __call__(self, text: str) -> list[str]:
        """Return the pieces of a text."""
        return self.many([text])[0]

    def many(self, texts: list[str]) -> list[list[str]]:
        """Return the pieces of each text, which is faster than one by one."""
        pieces = self._pieces
        return [[pieces[i] for i in each.ids] for each in self._tokenizer.encode_batch_fast(texts)]


def _tokenizer_of(model: Any, *, lower: bool) -> Any:
    """Return a tokenizer that splits texts into words, and these into the pieces of a model."""
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers

    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [
            *([normalizers.Lowercase()] if lower else []),
            normalizers.Replace(Regex(_SPACE), " "),
            normalizers.Strip(),
            normalizers.Prepend(MARK),
            normalizers.Replace(" ", MARK),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), "isolated")
    return tokenizer


def _rare_characters(texts: Sequence[pa.Array], most: int, *, lower: bool) -> list[int]:
    """Return the code points of all but the `most` frequent characters of texts."""
    counts = np.zeros(_CODE_POINTS, np.int64)
    for batch in texts:
        joined = "".join(batch.to_pylist())
        points = np.frombuffer((joined.lower() if lower else joined).encode("utf-32-le"), "<u4")
        counts += np.bincount(points, minlength=_CODE_POINTS)
    by_count = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    return by_count[most:].tolist()  # type: ignore[no-any-return]


def _in_order(vocabulary: list[list[Any]]) -> list[list[Any]]:
    """Return the pieces and scores of a unigram model without what differs from run to run.

    That is the order of equal scores; their last digits; and which of the characters that are no
    good piece has the worst score and which the next, 0.0001 better, as they come out of a hash
    table: all get the worst.
    """
    unknown, *others = vocabulary
    worst = min((score for _, score in others), default=0.0)
    poor = worst + _PENALTY * sum(len(piece) == 1 for piece, _ in others)
    scores = [
        [piece, round(worst if len(piece) == 1 and score <= poor else score, 4)]
        for piece, score in others
    ]
    return [unknown, *sorted(scores, key=lambda each: (-each[1], each[0]))]


def _model_of(saved: dict[str, Any]) -> Any:
    """Return the model that a JSON describes, its pieces checked."""
    from tokenizers import models

    vocabulary = saved["vocab"]
    if saved["type"] == "BPE":
        if sorted(vocabulary.values()) != list(range(len(vocabulary))):
            raise ArgumentError(f"the {len(vocabulary):,} pieces have other ids than 0 and on")
        _check_pieces(vocabulary)
        merges = [(first, second) for first, second in saved["merges"]]
        return models.BPE(vocabulary, merges, unk_token=UNKNOWN, fuse_unk=True)
    if saved["type"] != "Unigram":
        raise ArgumentError(f"their model is of type {saved['type']!r}, not BPE or Unigram")
    scores = [(piece, float(score)) for piece, score in vocabulary]
    _check_pieces([piece for piece, _ in scores])
    if scores[0][0] != UNKNOWN or not all(math.isfinite(score) for _, score in scores):
        raise ArgumentError(f"the first piece is not {UNKNOWN!r}, or a score is not finite")
    return models.Unigram(scores, unk_id=0)


def _check_pieces(pieces: Iterable[Any]) -> None:
    """Raise an error where a piece is no string, is empty or holds white space, or none is known.

    Raises:
        ArgumentError: One is.
    """
    wrong = [p for p in pieces if not isinstance(p, str) or p.split() != [p]]
    if wrong or UNKNOWN not in pieces:
        received = f"Received: {wrong[0]!r}" if wrong else f"There is no {UNKNOWN!r}"
        raise ArgumentError(f"pieces must be strings without white space. {received}")
