"""The tokens of a corpus in temporary files, as gensim's `corpus_file` mode reads them.

gensim's compiled loops read sentences from a file of words and look each word up by its spelling.
Here a word is spelled by its id, in as few printable characters as will do: three for the first
830,000 ids. That is quicker to read than the word itself, and a word may hold any character, white
space too.

The tokens are cut into several files of whole sentences. Threads take them one after another, each
at the learning rate that its place in the text has; so the rate falls in a straight line whatever
the number of threads, where gensim's own `corpus_file` training ends an epoch on n threads having
let it fall by an n-th of its way. And a file is what progress is counted in.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from gensim.models.word2vec import MAX_WORDS_IN_BATCH

from textseq.errors import ArgumentError, OutputError
from textseq.files.paths import sha256
from textseq.sequences.sequences import Sequences

Integers = npt.NDArray[np.int64]

SMALLEST, LARGEST = MAX_WORDS_IN_BATCH, 1_000_000
"""Words in a file. gensim changes the learning rate every `MAX_WORDS_IN_BATCH` words."""
SHARE = 64
"""A file is about this part of all the text before it, so that no thread waits long for another."""

_FIRST, _DIGITS = ord("!"), ord("~") - ord("!") + 1
_SPACE, _LINE_FEED = ord(" "), ord("\n")


@dataclass(frozen=True)
class TokenFile:
    """One file.

    Args:
        path: Where it is.
        words: Tokens in it, at least 1.
    """

    path: Path
    words: int


class TokenFiles:
    r"""Write documents of ids into a folder, and count the ids.

    Args:
        folder: A folder that exists; the files are left in it.
        ids: Ids are below this number.
        largest: Words in a file, at most, but for what a whole sentence is over.

    Attributes:
        files: What was written.
        counts: How often each id occurs: int64, shape (ids,).

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq import Sequences
        >>> from textseq.word2vec.token_files import TokenFiles
        >>> with TokenFiles(Path(tempfile.mkdtemp()), ids=4) as tokens:
        ...     tokens.write(Sequences.from_lists([[1, 3], [], [3]]))
        >>> tokens.files[0].path.read_text(), tokens.counts.tolist()
        ('" $\n$\n', [0, 1, 0, 2])
    """

    def __init__(self, folder: Path, ids: int, largest: int = LARGEST) -> None:
        self.folder = folder
        self.largest = largest
        self.files: list[TokenFile] = []
        self.counts: Integers = np.zeros(ids, np.int64)
        self.spelled = spellings(np.arange(ids))
        self._file: BinaryIO | None = None
        self._words = self._written = 0

    @property
    def words(self) -> int:
        """Tokens in all files."""
        return sum(file.words for file in self.files)

    @property
    def sha256(self) -> str:
        """A SHA-256 of all that was written, which tells one corpus from another."""
        return hashlib.sha256(
            "".join(sha256(file.path) for file in self.files).encode()
        ).hexdigest()

    def __enter__(self) -> TokenFiles:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_file()

    def write(self, sequences: Sequences) -> None:
        """Write documents, each a sentence, or several where it is longer than gensim takes.

        Raises:
            ArgumentError: An id is not from 0 to `ids` - 1.
            OutputError: The disk is full.
        """
        if not len(sequences.ids):
            return
        if sequences.ids.min() < 0 or sequences.ids.max() >= len(self.counts):
            raise ArgumentError(
                f"Ids must be from 0 to {len(self.counts) - 1:,}. Received: "
                f"{sequences.ids.min():,} to {sequences.ids.max():,}."
            )
        self.counts += np.bincount(sequences.ids, minlength=len(self.counts))
        bounds = sentence_bounds(sequences.offsets)
        text, ends = self._text(sequences.ids, bounds)
        first = 0
        while first < len(bounds) - 1:
            file, room = self._open_file()
            last = int(np.searchsorted(bounds, bounds[first] + room, side="right")) - 1
            last = max(last, first if self._words else first + 1)
            self._put(file, text[ends[first] : ends[last]])
            self._words += int(bounds[last] - bounds[first])
            if last < len(bounds) - 1:
                self._end_file()
            first = last

    def _text(self, ids: npt.NDArray[np.int32], bounds: Integers) -> tuple[memoryview, Integers]:
        """Return the tokens as text, and at which byte each sentence begins."""
        taken = self.spelled.take(pa.array(ids))
        _, offsets, data = taken.buffers()
        starts = np.frombuffer(offsets, np.int64)[: len(taken) + 1]
        text = np.frombuffer(data, np.uint8)[: starts[-1]].copy()
        ends = starts[bounds]
        text[ends[1:] - 1] = _LINE_FEED
        return text.data, ends

    def _put(self, file: BinaryIO, text: memoryview) -> None:
        try:
            file.write(text)
            file.flush()
        except OSError as error:
            with contextlib.suppress(OSError):
                file.close()
            self._file = None
            raise OutputError(
                f"The temporary files in '{self.folder.parent}' cannot be written: "
                f"{error.strerror}; make room there, or name another folder in the environment "
                f"variable TMPDIR."
            ) from error

    def _open_file(self) -> tuple[BinaryIO, int]:
        """Return the file that is being written, and room for how many words there is in it."""
        if self._file is None:
            self._file = (self.folder / f"{len(self.files):06}.txt").open("wb")
        size = min(max(SMALLEST, self._written // SHARE), self.largest)
        return self._file, size - self._words

    def _end_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self.files.append(TokenFile(Path(self._file.name), self._words))
        self._written += self._words
        self._file, self._words = None, 0


def sentence_bounds(offsets: Integers, longest: int = MAX_WORDS_IN_BATCH) -> Integers:
    """Return where sentences begin, and the last ends, when long documents are cut up.

    Args:
        offsets: Where documents begin, and the last ends.
        longest: Tokens in a sentence, at most. gensim drops what is beyond its limit.

    Example:
        >>> import numpy as np
        >>> from textseq.word2vec.token_files import sentence_bounds
        >>> sentence_bounds(np.array([0, 2, 2, 7]), longest=3)
        array([0, 2, 5, 7])
    """
    lengths = np.diff(offsets)
    pieces = -(-lengths // longest)
    before = np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = np.repeat(offsets[:-1], pieces) + longest * (np.arange(pieces.sum()) - before)
    bounds: Integers = np.append(starts, offsets[-1])
    return bounds


def spellings(ids: npt.NDArray[np.int64]) -> pa.LargeBinaryArray:
    """Return the spelling of each id and a space: digits to the base 94, from ! to ~.

    Args:
        ids: The numbers from 0 on, in order.

    Example:
        >>> import numpy as np
        >>> from textseq.word2vec.token_files import spellings
        >>> [spelling.as_py() for spelling in spellings(np.arange(95))[92:]]
        [b'} ', b'~ ', b'"! ']
    """
    parts, lengths, digits = [np.empty(0, np.uint8)], [np.zeros(1, np.int64)], 1
    while len(some := ids[_DIGITS ** (digits - 1) * (digits > 1) : _DIGITS**digits]):
        text = np.full((len(some), digits + 1), _SPACE, np.uint8)
        for place in range(digits):
            text[:, digits - 1 - place] = some // _DIGITS**place % _DIGITS + _FIRST
        parts.append(text.ravel())
        lengths.append(np.full(len(some), digits + 1))
        digits += 1
    offsets = np.cumsum(np.concatenate(lengths))
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(),
        len(ids),
        [None, pa.py_buffer(offsets), pa.py_buffer(np.concatenate(parts))],
    )
