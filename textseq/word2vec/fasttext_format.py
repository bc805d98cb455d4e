"""fastText's own binary format, opened in place: the words are read, and the matrix is mapped.

    settings    magic number, version, 12 integers, a double
    dictionary  five counts; then of each entry its UTF-8, a zero, how often it occurs, its type
    matrix      whether it is quantized, its shape; a row of each word, then of each bucket of
                n-grams

What follows is for training, and not read. What the file claims is checked against its size before
it is used.
"""

from __future__ import annotations

import functools
import logging
import mmap
import re
import struct
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.errors import ArtifactError
from textseq.files.safe_load import wrap_read_errors
from textseq.word2vec.fasttext_vectors import Buffers, FastTextVectors, Ngrams, Places, Words
from textseq.word2vec.vector_file import (
    LONGEST_LINE,
    ROWS_AT_ONCE,
    FloatMatrix,
    Skipped,
    is_gzip,
    open_vectors,
    size_limit,
)

logger = logging.getLogger(__name__)

VERSIONS = (11, 12)

SUPERVISED, WORD = 3, 0
"""The model that classifies, and the type of an entry that is a word and no label."""

LONGEST_NGRAM = 24
"""Characters; fastText's default is 6."""

ENTRY_END = re.compile(rb"\0.{8}(.)", re.DOTALL)
"""What follows the letters of an entry: a zero, a count of eight bytes, and the type."""

SMALLEST_ENTRY = 10
"""Bytes of an entry without letters."""

BLOCK = 1 << 20
"""Bytes that are read at a time."""

# https://github.com/facebookresearch/fastText: args.cc, dictionary.cc and densematrix.cc
_HEADER = struct.Struct("<4x i 12i d 3i 2q")
_Header = namedtuple(
    "_Header",
    "version dim ws epoch min_count neg word_ngrams loss model bucket minn maxn lr_update_rate t "
    "entries words labels tokens pruned",
)
_MATRIX = struct.Struct("<? 2q")


def open_fasttext(path: Path, *, strict: bool = False) -> FastTextVectors:
    """Return the vectors of a file, which are read when they are asked for.

    Raises:
        ArtifactError: It cannot be read, or is damaged, a classifier or quantized.
    """
    skipped = Skipped(path, strict)
    with wrap_read_errors(f"The vectors '{path}'"), open_vectors(path) as file:
        reader = _Reader(file, path)
        header = _Header(*reader.unpack(_HEADER))
        size, buckets, shortest, longest = header.dim, header.bucket, header.minn, header.maxn
        if header.model == SUPERVISED:
            raise ArtifactError(
                f"'{path}' is a classifier of fastText (supervised, or quantized as .ftz) and not "
                f"word vectors; train one here with `textseq classify train`, or give a .bin file "
                f"that fastText's skipgram or cbow wrote."
            )
        words = reader.read_words(header.entries)
        own = len(words[1]) - 1
        quantized, rows, columns = reader.unpack(_MATRIX)
        if quantized or header.pruned > 0:
            raise ArtifactError(
                f"'{path}' holds quantized vectors, as a .ftz file does, which are not read; give "
                f"the .bin file that was not quantized, or fastText's .vec file."
            )
        if (
            header.version not in VERSIONS
            or not 0 < size == columns
            or rows - own not in (0, buckets)
            or rows * size * 4 > size_limit(path)
            or not 0 <= longest <= LONGEST_NGRAM
        ):
            raise ArtifactError(
                f"'{path}' is damaged or truncated: {rows:,} vectors of {columns:,} values do not "
                f"fit {own:,} words, {buckets:,} buckets of n-grams of {shortest:,} to {longest:,} "
                f"characters, a size of {size:,}, version {header.version:,} and the size of the "
                f"file."
            )
        matrix = reader.map_matrix(rows, size)
        ngrams = Ngrams(shortest, longest if rows > own else 0, rows - own, own)
        usable = _usable_words(words, np.arange(own, dtype=np.int32), skipped)
    reopen = functools.partial(open_fasttext, path.absolute(), strict=strict)
    return FastTextVectors(path, *usable, matrix, ngrams, reopen)


def _usable_words(
    words: Buffers, rows: npt.NDArray[np.int32], skipped: Skipped
) -> tuple[Words, npt.NDArray[np.int32]]:
    """Return the words that can be used, and the row of each in the matrix."""
    usable = np.ones(len(rows), bool)
    for place, word in _unusable(*words):
        usable[place] = False
        skipped.add("not in UTF-8" if word else "empty", f"word {place + 1:,}, {word[:40]!r}")
    skipped.report(int(usable.sum()))
    return Words(_select(words, usable)), rows[usable]


def _unusable(letters: npt.NDArray[np.uint8], offsets: Places) -> Iterator[tuple[int, bytes]]:
    """Yield the words, with their places, that are empty or not in UTF-8."""
    size = len(offsets) - 1
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(letters)]
    words = pa.LargeBinaryArray.from_buffers(pa.large_binary(), size, buffers)
    unusable = offsets[1:] == offsets[:-1]
    for start in range(0, size, ROWS_AT_ONCE):
        some = words.slice(start, ROWS_AT_ONCE)
        try:
            some.cast(pa.large_utf8())
        except pa.ArrowInvalid:
            unusable[start : start + len(some)] = [not _is_text(word) for word in some.to_pylist()]
    for place in np.flatnonzero(unusable).tolist():
        yield place, words[place].as_py()


def _is_text(word: bytes) -> bool:
    try:
        return bool(word.decode())
    except UnicodeDecodeError:
        return False


def _select(words: Buffers, kept: npt.NDArray[np.bool_]) -> Buffers:
    """Return some of the words."""
    if kept.all():
        return words
    letters, offsets = words
    lengths = np.diff(offsets)
    return letters[np.repeat(kept, lengths)], _to_offsets(lengths[kept])


def _to_offsets(lengths: npt.NDArray[np.integer[Any]]) -> Places:
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


class _Reader:
    """Reads the parts of a file in their order, and refuses a file that ends before."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path = file, path
        self._data = b""  # what was read and not used yet

    def unpack(self, layout: struct.Struct) -> tuple[Any, ...]:
        """Return the values of a part."""
        while len(self._data) < layout.size:
            self._data += self._read_on()
        part, self._data = self._data[: layout.size], self._data[layout.size :]
        return layout.unpack(part)

    def read_words(self, entries: int) -> Buffers:
        """Return the words of the dictionary, which has this number of entries.

        The others are labels, from training texts that held `__label__`; they have no vectors.
        """
        if not 0 <= entries * SMALLEST_ENTRY <= size_limit(self._path):
            raise ArtifactError(
                f"'{self._path}' is damaged: it claims {entries:,} words, which a file of its size "
                f"cannot hold."
            )
        letters, kinds = bytearray(), bytearray()
        lengths, found = [np.empty(0, np.int32)], 0
        while found < entries:
            *parts, self._data = ENTRY_END.split(self._data, entries - found)
            words = parts[::2]
            letters += b"".join(words)
            kinds += b"".join(parts[1::2])
            lengths.append(np.fromiter(map(len, words), np.int32, len(words)))
            found += len(words)
            if found < entries:
                if len(self._data) > LONGEST_LINE:
                    raise ArtifactError(f"'{self._path}' is damaged: a word in it has no end.")
                self._data += self._read_on()
        spelled = np.frombuffer(letters, np.uint8), _to_offsets(np.concatenate(lengths))
        return _select(spelled, np.frombuffer(kinds, np.uint8) == WORD)

    def map_matrix(self, rows: int, size: int) -> FloatMatrix:
        """Return the matrix, read from the file where it is used; from gzip it is read now."""
        length = rows * size * 4
        if is_gzip(self._path):
            logger.warning(
                "'%s' is compressed, so its vectors are read into memory; decompress it with "
                "`gunzip` to open it in place.", self._path,
            )  # fmt: skip
            start, data = 0, bytearray(self._data)
            while len(data) < length:
                data += self._read_on()
            values: Any = data
        else:
            start = self._file.tell() - len(self._data)
            values = mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            if start + length > len(mapped):
                raise self._truncated()
        matrix = np.frombuffer(values, "<f4", rows * size, start).reshape(rows, size)
        matrix.flags.writeable = False
        return matrix

    def _read_on(self) -> bytes:
        block = self._file.read(BLOCK)
        if not block:
            raise self._truncated()
        return block

    def _truncated(self) -> ArtifactError:
        return ArtifactError(f"'{self._path}' is truncated: it ends before its vectors do.")
