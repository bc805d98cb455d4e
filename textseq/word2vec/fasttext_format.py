"""fastText's own binary format: words, and the character n-grams that vectors are built from.

gensim's reader of it loops without end on a truncated file, and fails where a word is no UTF-8.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from gensim.models import KeyedVectors
from gensim.models.fasttext import FastTextKeyedVectors

from textseq.errors import ArtifactError
from textseq.word2vec.vector_file import (
    LONGEST_LINE,
    ROWS_AT_ONCE,
    FloatMatrix,
    Rows,
    Skipped,
    open_vectors,
    size_limit,
    usable,
)

MAGIC = struct.pack("<i", 793712314)
"""How these files begin."""

BLOCK = 1 << 20
"""Bytes that are read at a time."""

SUPERVISED, WORD = 3, 0
"""The model that classifies, and the type of an entry that is a word and no label."""

LONGEST_NGRAM = 24
"""Characters; fastText's default is 6."""

# https://github.com/facebookresearch/fastText: args.cc, dictionary.cc and densematrix.cc
_SETTINGS = struct.Struct("<4x i 12i d")
_DICTIONARY = struct.Struct("<3i 2q")
_ENTRY = struct.Struct("<qb")
_MATRIX = struct.Struct("<? 2q")


def read_fasttext(path: Path, skipped: Skipped) -> KeyedVectors:
    """Return vectors that have one for any word, built from its n-grams; plain ones without any."""
    with open_vectors(path) as file:
        reader = _Reader(file, path)
        _, size, *settings = reader.unpack(_SETTINGS)
        model, (min_n, max_n) = settings[6], settings[8:10]
        entries, _, _, _, pruned = reader.unpack(_DICTIONARY)
        if model == SUPERVISED:
            raise ArtifactError(
                f"'{path}' is a classifier of fastText and not word vectors; train one here with "
                f"`textseq classify train`, or give the .vec file of word vectors."
            )
        words = _read_words(reader, entries)
        quantized, rows, columns = reader.unpack(_MATRIX)
        if quantized or pruned > 0:
            raise ArtifactError(
                f"'{path}' holds quantized vectors, which are not read; give fastText's .vec file, "
                f"or a .bin file that was not quantized."
            )
        bucket = rows - len(words)
        fits = 0 < size == columns and bucket >= 0 and rows * size * 4 <= size_limit(path)
        if not fits or not 0 <= max_n <= LONGEST_NGRAM:
            raise ArtifactError(
                f"'{path}' is damaged or truncated: {rows:,} vectors of {columns:,} values do not "
                f"fit {len(words):,} words, a size of {size:,}, n-grams of {min_n:,} to {max_n:,} "
                f"characters and the size of the file."
            )
        trained = Rows(size)
        for start in range(0, len(words), ROWS_AT_ONCE):
            some = words[start : start + ROWS_AT_ONCE]
            trained.append(some, reader.vectors(len(some), size))
        names, index, matrix = usable(trained, skipped)
        ngrams = Rows(size)
        for start in range(0, bucket, ROWS_AT_ONCE):
            count = min(ROWS_AT_ONCE, bucket - start)
            ngrams.append([b""] * count, reader.vectors(count, size))
    if not bucket or max_n < max(1, min_n):
        return keyed_vectors(names, index, matrix)
    vectors = FastTextKeyedVectors(size, min_n, max_n, bucket)
    vectors.index_to_key, vectors.key_to_index = names, index
    vectors.vectors_vocab, vectors.vectors_ngrams = matrix, ngrams.matrix()
    if not np.isfinite(vectors.vectors_ngrams).all():
        raise ArtifactError(f"'{path}' holds n-grams with values that are not finite.")
    vectors.recalc_char_ngram_buckets()
    vectors.adjust_vectors()
    vectors.buckets_word = None
    return vectors


def keyed_vectors(words: list[str], index: dict[str, int], matrix: FloatMatrix) -> KeyedVectors:
    """Return gensim's vectors of these words; `add_vectors` would copy the matrix twice."""
    vectors = KeyedVectors(matrix.shape[1], dtype=np.float32)
    vectors.index_to_key, vectors.key_to_index, vectors.vectors = words, index, matrix
    return vectors


def _read_words(reader: _Reader, entries: int) -> list[bytes]:
    """Return the words; a label may stand among them, where a text held one, and has no vector."""
    words = []
    for _ in range(entries):
        word = reader.until_zero()
        _, kind = reader.unpack(_ENTRY)
        if kind == WORD:
            words.append(word)
    return words


class _Reader:
    """Reads parts of a file in their order, and refuses a file that ends before."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path = file, path
        self._data, self._place = b"", 0

    def unpack(self, layout: struct.Struct) -> tuple[Any, ...]:
        return layout.unpack(self._take(layout.size))

    def until_zero(self) -> bytes:
        while (end := self._data.find(b"\0", self._place)) < 0:
            if len(self._data) - self._place > LONGEST_LINE:
                raise ArtifactError(f"'{self._path}' is damaged: a word in it has no end.")
            self._read_on()
        word = self._data[self._place : end]
        self._place = end + 1
        return word

    def vectors(self, count: int, size: int) -> FloatMatrix:
        data = b"".join(self._take(size * 4) for _ in range(count))
        return np.frombuffer(data, "<f4").reshape(count, size)

    def _take(self, length: int) -> bytes:
        while len(self._data) - self._place < length:
            self._read_on()
        self._place += length
        return self._data[self._place - length : self._place]

    def _read_on(self) -> None:
        block = self._file.read(BLOCK)
        if not block:
            raise ArtifactError(f"'{self._path}' is truncated: it ends before its vectors do.")
        self._data, self._place = self._data[self._place :] + block, 0
