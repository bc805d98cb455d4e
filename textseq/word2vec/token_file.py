"""The tokens of a corpus in temporary files, in the form of gensim's `corpus_file`.

gensim's compiled training reads a sentence a line and looks each word up by its spelling. Here a
word is spelled by its id, in printable characters and for all ids in the same width, so a word may
hold any character, white space too.

Its threads begin at equal distances in bytes, read batches of more than 10,000 words, train on the
first 10,000 of each, and end after an equal part of the words. So the tokens are written in blocks
of 10,000 and a filler, which has no vector: a block is a batch, and since blocks have equal lengths
in bytes, each word is trained on once in an epoch, on any number of threads. A document that
crosses the end of a block is split there, as one is that is longer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from gensim.models.word2vec import MAX_WORDS_IN_BATCH as BLOCK

from textseq.errors import ArgumentError, OutputError
from textseq.sequences.sequences import Sequences

_FIRST, _BASE = ord("!"), ord("~") - ord("!") + 1
_SPACE, _LINE_FEED = ord(" "), ord("\n")


@dataclass
class TokenFile:
    """A part of the tokens in a file of its own, between which progress is reported.

    Args:
        path: The file.
        threads: How many threads are to train on it.
        words: Tokens in it, fillers not counted.
        blocks: Blocks in it, of `BLOCK` tokens and a filler: a multiple of `threads`.
    """

    path: Path
    threads: int
    words: int = 0
    blocks: int = 0

    @property
    def gensim_words(self) -> int:
        """The `total_words` at which each of gensim's threads ends after its part of the blocks."""
        return self.blocks * int(BLOCK) - self.threads


class TokenFiles:
    """Documents of ids, written into a folder, and how often each id occurs.

    Args:
        folder: A folder that exists; the files are left in it.
        ids: Ids are below this number.
        threads: How many threads are to train, at most.
        part_words: Words in a part, for each thread, in whole blocks.

    Attributes:
        parts: What was written.
        counts: How often each id occurs: int64, shape (ids,).
    """

    def __init__(self, folder: Path, ids: int, *, threads: int, part_words: int) -> None:
        self.folder, self.threads = folder, threads
        self.parts: list[TokenFile] = []
        self.counts: npt.NDArray[np.int64] = np.zeros(ids, np.int64)
        self._filler = ids
        self._spellings = spell_ids(ids + 1)
        self._part_blocks = threads * max(1, part_words // BLOCK)

    @property
    def words(self) -> int:
        """Tokens in all parts."""
        return sum(part.words for part in self.parts)

    def spelling(self, row: int) -> str:
        """Return the token that an id is written as."""
        return self._spellings[row, :-1].tobytes().decode()

    def sha256(self) -> str:
        """Return the SHA-256 of all tokens, on whatever number of threads."""
        digest = hashlib.sha256()
        for part in self.parts:
            with part.path.open("rb") as file:
                hashlib.file_digest(file, lambda: digest)
        return digest.hexdigest()

    def write(self, batches: Iterable[Sequences]) -> None:
        """Write documents, each a sentence.

        Raises:
            ArgumentError: An id is not from 0 to `ids` - 1.
            OutputError: The disk is full.
        """
        unit = BLOCK * self.threads
        ids, ends = np.empty(0, np.int32), np.empty(0, np.bool_)
        for sequences in batches:
            self._count(sequences.ids)
            ended = np.zeros(len(sequences.ids), np.bool_)
            ended[sequences.offsets[1:][np.diff(sequences.offsets) > 0] - 1] = True
            ids, ends = np.concatenate([ids, sequences.ids]), np.concatenate([ends, ended])
            whole = len(ids) // unit * unit
            self._append(ids[:whole], ends[:whole])
            ids, ends = ids[whole:], ends[whole:]
        if len(ids) and self.parts and self.parts[-1].blocks < self._part_blocks:
            self._append(ids, ends, blocks=self.threads)
        elif len(ids):
            self._begin_part(threads=-(-len(ids) // BLOCK))
            self._append(ids, ends)

    def _count(self, ids: npt.NDArray[np.int32]) -> None:
        if len(ids) and (ids.min() < 0 or ids.max() >= len(self.counts)):
            raise ArgumentError(
                f"Ids must be from 1 to {len(self.counts) - 1:,}, as those of the words are. "
                f"Received: {ids.min():,} to {ids.max():,}; give the tokenizer that made them."
            )
        self.counts += np.bincount(ids, minlength=len(self.counts))

    def _append(
        self, ids: npt.NDArray[np.int32], ends: npt.NDArray[np.bool_], blocks: int = 0
    ) -> None:
        """Write blocks, or as many as are asked for, filled up, to the parts that have room."""
        words, width = len(ids), self._spellings.shape[1]
        rest = blocks * BLOCK - words if blocks else -words % BLOCK
        ids, ends = np.pad(ids, (0, rest), constant_values=self._filler), np.pad(ends, (0, rest))
        text = np.empty((len(ids) // BLOCK, BLOCK + 1, width), np.uint8)
        text[:, :BLOCK] = self._spellings.take(ids, axis=0).reshape(-1, BLOCK, width)
        text[:, :BLOCK, -1][ends.reshape(-1, BLOCK)] = _LINE_FEED
        text[:, BLOCK - 1, -1] = _SPACE  # a batch holds at most 10,000 sentences
        text[:, BLOCK] = self._spellings[self._filler]
        text[:, BLOCK, -1] = _LINE_FEED
        while len(text):
            if not self.parts or self.parts[-1].blocks >= self._part_blocks:
                self._begin_part(self.threads)
            part = self.parts[-1]
            room = self._part_blocks - part.blocks
            self._write(part.path, text[:room])
            part.blocks += len(text[:room])
            part.words += min(words, room * BLOCK)
            text, words = text[room:], words - room * BLOCK

    def _begin_part(self, threads: int) -> None:
        self.parts.append(TokenFile(self.folder / f"{len(self.parts):06}.tokens", threads))

    def _write(self, path: Path, blocks: npt.NDArray[np.uint8]) -> None:
        try:
            with path.open("ab") as file:
                file.write(blocks.data)
        except OSError as error:
            raise OutputError(
                f"The temporary files in '{self.folder.parent}' cannot be written: "
                f"{error.strerror}; make room there, or name another folder in the environment "
                f"variable TMPDIR."
            ) from error


def spell_ids(ids: int) -> npt.NDArray[np.uint8]:
    """Return the spelling of each id and a space: digits to the base 94, from ! to ~.

    Returns:
        Shape (ids, width), with the same width for all.
    """
    digits = 1
    while ids > _BASE**digits:
        digits += 1
    text = np.full((ids, digits + 1), _SPACE, np.uint8)
    for place in range(digits):
        text[:, -2 - place] = np.arange(ids) // _BASE**place % _BASE + _FIRST
    return text
