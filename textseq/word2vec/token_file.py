"""The tokens of a corpus in temporary files, in the form of gensim's `corpus_file`.

gensim's compiled training reads a sentence a line and looks each word up by its spelling. Here a
word is spelled by its id, in printable characters and for all ids in the same width. So a word may
hold any character, white space too, and since each token takes the same number of bytes, the byte
offsets at which gensim's threads begin divide the words evenly.

The tokens are divided into parts of whole sentences, each a file, between which progress is
reported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from gensim.models.word2vec import MAX_WORDS_IN_BATCH

from textseq.errors import ArgumentError, OutputError
from textseq.sequences.sequences import Sequences

_FIRST, _BASE = ord("!"), ord("~") - ord("!") + 1
_SPACE, _LINE_FEED = ord(" "), ord("\n")


@dataclass(frozen=True)
class TokenFile:
    """One part of the tokens.

    Args:
        path: Its file.
        words: Tokens in it, at least 1.
    """

    path: Path
    words: int


class TokenFiles:
    r"""Write documents of ids into a folder, and count the ids.

    Args:
        folder: A folder that exists; the files are left in it.
        ids: Ids are below this number.
        part_words: Words in a part, at most, unless one sentence is longer.

    Attributes:
        parts: What was written.
        counts: How often each id occurs: int64, shape (ids,).

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq import Sequences
        >>> from textseq.word2vec.token_file import TokenFiles
        >>> tokens = TokenFiles(Path(tempfile.mkdtemp()), ids=4, part_words=100)
        >>> tokens.write([Sequences.from_lists([[1, 3], [], [3]])])
        >>> tokens.parts[0].path.read_text(), tokens.counts.tolist()
        ('" $\n$\n', [0, 1, 0, 2])
    """

    def __init__(self, folder: Path, ids: int, part_words: int) -> None:
        self.folder, self.part_words = folder, part_words
        self.parts: list[TokenFile] = []
        self.counts: npt.NDArray[np.int64] = np.zeros(ids, np.int64)
        self._spellings = spell_ids(ids)

    @property
    def words(self) -> int:
        """Tokens in all parts."""
        return sum(part.words for part in self.parts)

    def spelling(self, row: int) -> str:
        """Return the token that an id is written as."""
        return self._spellings[row, :-1].tobytes().decode()

    def sha256(self) -> str:
        """Return the SHA-256 of all tokens, whatever the parts."""
        digest = hashlib.sha256()
        for part in self.parts:
            with part.path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        return digest.hexdigest()

    def write(self, batches: Iterable[Sequences]) -> None:
        """Write documents, each as a sentence, or as several where it is longer than gensim takes.

        Raises:
            ArgumentError: An id is not from 0 to `ids` - 1.
            OutputError: The disk is full.
        """
        for sequences in batches:
            if not len(sequences.ids):
                continue
            self._check_ids(sequences.ids)
            self.counts += np.bincount(sequences.ids, minlength=len(self.counts))
            bounds = sentence_bounds(sequences.offsets)
            text = self._spellings.take(sequences.ids, axis=0)
            text[bounds[1:] - 1, -1] = _LINE_FEED
            first = 0
            while first < len(bounds) - 1:
                room = self._room()
                last = int(np.searchsorted(bounds, bounds[first] + room, side="right")) - 1
                last = max(last, first + 1)
                self._append(text[bounds[first] : bounds[last]])
                first = last

    def _check_ids(self, ids: npt.NDArray[np.int32]) -> None:
        if ids.min() < 0 or ids.max() >= len(self.counts):
            raise ArgumentError(
                f"Ids must be from 0 to {len(self.counts) - 1:,}. Received: "
                f"{ids.min():,} to {ids.max():,}."
            )

    def _room(self) -> int:
        """Return how many words the current part still takes, or a new one if that is full."""
        room = self.part_words - (self.parts[-1].words if self.parts else 0)
        return room if room > 0 else self.part_words

    def _append(self, text: npt.NDArray[np.uint8]) -> None:
        """Add whole sentences to the current part if it has room for them, else to a new one."""
        if self.parts and self.parts[-1].words + len(text) <= self.part_words:
            part = self.parts.pop()
        else:
            part = TokenFile(self.folder / f"{len(self.parts):06}.tokens", 0)
        try:
            with part.path.open("ab") as file:
                file.write(text.data)
        except OSError as error:
            raise OutputError(
                f"The temporary files in '{self.folder.parent}' cannot be written: "
                f"{error.strerror}; make room there, or name another folder in the environment "
                f"variable TMPDIR."
            ) from error
        self.parts.append(TokenFile(part.path, part.words + len(text)))


def sentence_bounds(
    offsets: npt.NDArray[np.int64], longest: int = MAX_WORDS_IN_BATCH
) -> npt.NDArray[np.int64]:
    """Return where sentences begin, and the last ends, when long documents are split.

    Args:
        offsets: Where documents begin, and the last ends.
        longest: Tokens in a sentence, at most. gensim ignores what is beyond its limit.

    Example:
        >>> import numpy as np
        >>> from textseq.word2vec.token_file import sentence_bounds
        >>> sentence_bounds(np.array([0, 2, 2, 7]), longest=3)
        array([0, 2, 5, 7])
    """
    lengths = np.diff(offsets)
    pieces = -(-lengths // longest)
    before = np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = np.repeat(offsets[:-1], pieces) + longest * (np.arange(pieces.sum()) - before)
    bounds: npt.NDArray[np.int64] = np.append(starts, offsets[-1])
    return bounds


def spell_ids(ids: int) -> npt.NDArray[np.uint8]:
    """Return the spelling of each id and a space: digits to the base 94, from ! to ~.

    Returns:
        Shape (ids, width), with the same width for all.

    Example:
        >>> from textseq.word2vec.token_file import spell_ids
        >>> [spelling.tobytes() for spelling in spell_ids(95)[92:]]
        [b'!} ', b'!~ ', b'"! ']
    """
    digits = 1
    while ids > _BASE**digits:
        digits += 1
    text = np.full((ids, digits + 1), _SPACE, np.uint8)
    for place in range(digits):
        text[:, digits - 1 - place] = np.arange(ids) // _BASE**place % _BASE + _FIRST
    return text
