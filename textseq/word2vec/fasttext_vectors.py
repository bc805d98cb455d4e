"""The vectors of a file of fastText's, each built when it is asked for.

A word's vector is the mean of rows of one matrix: its own, if it has one, and those of its
character n-grams (Bojanowski et al. 2017). The matrix stays in the file, which is mapped into
memory; of the words, their letters and a hash table are in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.compute.blas import one_thread_per_product
from textseq.compute.threads import ordered_map
from textseq.errors import ArtifactError
from textseq.word2vec.lookup import row_lengths, unit_rows, warn_if_collapsed
from textseq.word2vec.vector_file import ROWS_AT_ONCE, FloatMatrix

Buffers = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]
"""The UTF-8 of words, end to end, and where each begins, from 0 on: (words + 1,)."""

Rows = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]

_NO_ROWS = np.empty((0, 0), np.float32)


class Ngrams(NamedTuple):
    """Which n-grams of a word have vectors, and where.

    Attributes:
        shortest: Characters of the shortest.
        longest: Characters of the longest; 0 where words have none.
        buckets: How many vectors all n-grams share, by their hash.
        first: The row of the first of these vectors.
    """

    shortest: int
    longest: int
    buckets: int
    first: int


class Words(Sequence[str]):
    """Words, as Arrow keeps strings, and a hash table of them, made when one is looked up.

    Args:
        buffers: Their UTF-8, and the offsets.
    """

    def __init__(self, buffers: Buffers) -> None:
        self.buffers = buffers
        buffers[0].flags.writeable = False  # the same type, for the compiler, as of other words
        letters, offsets = map(pa.py_buffer, buffers)
        size = len(buffers[1]) - 1
        self._strings = pa.LargeStringArray.from_buffers(size, offsets, letters)

    def place(self, word: str) -> int:
        """Return the place of a word; -1 for none."""
        return int(self.places(to_buffers([word]))[0])

    def places(self, buffers: Buffers) -> Places:
        """Return the place of each of other words in this list; -1 for none."""
        from textseq.tokenizer.engine.primitives import SEED
        from textseq.word2vec.fasttext_loops import find_words

        return find_words(self._slots, *self.buffers, buffers, SEED)

    @cached_property
    def _slots(self) -> Rows:
        from textseq.tokenizer.engine.primitives import SEED
        from textseq.word2vec.fasttext_loops import make_slots

        return make_slots(*self.buffers, SEED)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        """Return a word, or a list of some."""
        found = self._strings[place]
        words: str | list[str] = found.to_pylist() if isinstance(place, slice) else found.as_py()
        return words

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.place(word) >= 0

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), ROWS_AT_ONCE):
            yield from self[start : start + ROWS_AT_ONCE]

    def __len__(self) -> int:
        return len(self._strings)


class _Places(Mapping[str, int]):
    """The place of each word."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def __getitem__(self, word: str) -> int:
        place = self._words.place(word)
        if place < 0:
            raise KeyError(word)
        return place

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


class FastTextVectors:
    """Vectors that look words up as gensim's `KeyedVectors` do, out of a file of fastText's.

    `load` makes them. They have a vector for each word that the file holds or that has an n-gram of
    the right length: `word in vectors` says whether; `key_to_index` has those of the file only.

    Args:
        path: The file, for messages.
        words: The words.
        rows: The row of each in the matrix: int32, (words,).
        matrix: The rows of words and n-grams: float32, (rows, vector size).
        ngrams: Which n-grams there are, and their rows.
        reopen: Opens the file again, for a copy in another process.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from gensim.models import FastText
        >>> from gensim.models.fasttext import save_facebook_model
        >>> from textseq import word2vec
        >>> model = FastText([["high", "higher"]] * 5, vector_size=4, min_count=1, bucket=100)
        >>> path = Path(tempfile.mkdtemp()) / "vectors.bin"
        >>> save_facebook_model(model, str(path))
        >>> vectors = word2vec.load(path)
        >>> list(vectors.index_to_key), vectors["highest"].shape
        (['higher', 'high'], (4,))
        >>> "highest" in vectors, "highest" in vectors.key_to_index
        (True, False)
    """

    def __init__(
        self,
        path: Path,
        words: Words,
        rows: Rows,
        matrix: FloatMatrix,
        ngrams: Ngrams,
        reopen: Callable[[], FastTextVectors],
    ) -> None:
        self.index_to_key = words
        self.key_to_index: Mapping[str, int] = _Places(words)
        self.vector_size = matrix.shape[1]
        self.rows, self.ngrams = rows, ngrams
        self._path, self._matrix, self._reopen = path, matrix, reopen

    @property
    def vectors(self) -> WordMatrix:
        """The vectors of all words of the file, of which any part can be had."""
        return WordMatrix(self)

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word: str) -> bool:
        return bool(self._mean(_NO_ROWS, *self._find([word]))[1][0])

    def __getitem__(self, words: str | Iterable[str]) -> FloatMatrix:
        """Return the vector of a word, or those of several: float32, (words, vector size).

        Raises:
            KeyError: A word has none.
        """
        asked = [words] if isinstance(words, str) else list(words)
        vectors, counts = self.build(*self._find(asked))
        if not counts.all():
            raise KeyError(asked[int(counts.argmin())])
        found: FloatMatrix = vectors[0] if isinstance(words, str) else vectors
        return found

    def build(self, words: Buffers, rows: Rows) -> tuple[FloatMatrix, Places]:
        """Return vectors, and of how many rows each is the mean.

        Args:
            words: The words.
            rows: The row of each of them; -1 for none.

        Raises:
            ArtifactError: A value is not finite.
        """
        vectors, counts = self._mean(self._matrix, words, rows)
        broken = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(broken):
            letters, offsets = words
            word = letters[offsets[broken[0]] : offsets[broken[0] + 1]].tobytes()
            raise ArtifactError(
                f"'{self._path}' is damaged: the vector of {word.decode(errors='replace')!r} holds "
                f"values that are not finite; make or copy it again."
            )
        return vectors, counts

    def most_similar(
        self, positive: Sequence[str], negative: Sequence[str] = (), topn: int = 10
    ) -> list[tuple[str, float]]:
        """Return the words of the file that are nearest to a sum of unit vectors, with cosines.

        The first call takes the longest, as it computes the length of each vector.

        Args:
            positive: Words that are added.
            negative: Words that are subtracted.
            topn: How many answers; none of them is one of the words given.
        """
        asked = [*positive, *negative]
        signs = np.repeat(np.array([1, -1], np.float32), [len(positive), len(negative)])
        (target,) = unit_rows((signs @ unit_rows(self[asked]))[None])
        cosines = self._products(target) / self._norms
        places = self.index_to_key.places(to_buffers(asked))
        cosines[places[places >= 0]] = -np.inf
        nearest = np.argpartition(-cosines, min(topn, len(cosines)) - 1)[:topn]
        nearest = nearest[np.argsort(-cosines[nearest], kind="stable")]
        return [
            (self.index_to_key[place], float(cosines[place]))
            for place in nearest.tolist()
            if cosines[place] > -np.inf
        ]

    def _find(self, words: Sequence[str]) -> tuple[Buffers, Rows]:
        """Return the UTF-8 of words, and the row of each; -1 for those that the file lacks."""
        buffers = to_buffers(words)
        places = self.index_to_key.places(buffers)
        return buffers, np.where(places < 0, np.int32(-1), self.rows[places])

    def _mean(self, matrix: FloatMatrix, words: Buffers, rows: Rows) -> tuple[FloatMatrix, Places]:
        """Return the means of the rows of a matrix that belong to words, and their numbers."""
        from textseq.word2vec.fasttext_loops import mean_of_parts

        letters, offsets = words
        means = np.empty((len(rows), matrix.shape[1]), np.float32)
        counts = np.empty(len(rows), np.int64)

        def mean(some: slice) -> None:
            bounds = offsets[some.start : some.stop + 1]
            counts[some] = mean_of_parts(
                matrix, (letters, bounds), rows[some], self.ngrams, means[some]
            )

        run_in_parts(mean, len(rows))
        return means, counts

    def _products(self, target: FloatMatrix) -> FloatMatrix:
        """Return the product of each word's vector and another: (words,).

        That of a mean is the mean of those of its rows, so that each row is read once.
        """
        products = np.empty((len(self._matrix), 1), np.float32)

        def multiply(some: slice) -> None:
            with np.errstate(invalid="ignore", over="ignore"):  # of n-grams that no word has
                products[some, 0] = self._matrix[some] @ target

        with one_thread_per_product():
            run_in_parts(multiply, len(products))
        return self._mean(products, self.index_to_key.buffers, self.rows)[0][:, 0]

    @cached_property
    def _norms(self) -> npt.NDArray[np.float64]:
        """The length of each word's vector, or 1 where it is 0: (words,)."""
        warn_if_collapsed(self)
        norms = np.empty(len(self))

        def measure(some: slice) -> None:
            norms[some] = row_lengths(self.vectors[some])

        run_in_parts(measure, len(norms))
        return norms

    def __deepcopy__(self, memo: object) -> FastTextVectors:
        return self  # nothing changes it

    def __reduce__(self) -> tuple[Any, ...]:
        return self._reopen, ()


class WordMatrix:
    """The vectors of all words of a file, as an array of which each part is built when asked for.

    Args:
        of: What builds them.
    """

    def __init__(self, of: FastTextVectors) -> None:
        self._of = of
        self.shape = len(of), of.vector_size
        self.dtype = np.dtype(np.float32)

    def __len__(self) -> int:
        return len(self._of)

    def __getitem__(self, part: slice) -> FloatMatrix:
        """Return the vectors of a range of words, without a step: float32, (words, vector size)."""
        start, stop, _ = part.indices(len(self))
        letters, offsets = self._of.index_to_key.buffers
        return self._of.build((letters, offsets[start : stop + 1]), self._of.rows[start:stop])[0]

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        """Return all of them, for NumPy."""
        return self[:].astype(dtype or self.dtype, copy=False)


def to_buffers(words: Sequence[str]) -> Buffers:
    """Return words as UTF-8, end to end, and the offsets; half a surrogate pair is no error."""
    from textseq.tokenizer.engine.vocabulary import word_buffers

    return word_buffers(words)


def run_in_parts(work: Callable[[slice], None], rows: int) -> None:
    """Do work on a range of rows at a time, on several threads."""
    parts = (slice(i, min(i + ROWS_AT_ONCE, rows)) for i in range(0, rows, ROWS_AT_ONCE))
    for _ in ordered_map(work, parts):
        pass
