r"""The tables of a numbering as a tokenizer's JSON has them, without dicts of millions of words.

A table there is a JSON string inside the JSON: `"word_index": "{\"high\": 1}"`, so that what is
special in a string is escaped twice. The text is made by Arrow and a kernel, some words at a time,
and another kernel reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from textseq.tokenizer.engine import kernels
from textseq.tokenizer.engine.vocabulary import Integers, Vocabulary
from textseq.tokenizer.engine.word_ids import Numbering
from textseq.tokenizer.keras_json import TABLES

Column: TypeAlias = pa.LargeStringArray

_AT_ONCE = 1 << 16  # words that are written in one go


def json_of_table(numbering: Numbering, name: str) -> Iterator[bytes | pa.Buffer]:
    r"""Yield a table in parts, as `json.dumps(json.dumps(table))` writes the dict.

    The quotes around it are left to the caller.

    Args:
        numbering: The words.
        name: One of `textseq.tokenizer.keras_json.TABLES`.

    Example:
        >>> from textseq.tokenizer.engine.json_tables import json_of_table
        >>> from textseq.tokenizer.engine.word_ids import Numbering
        >>> from textseq.tokenizer.engine.vocabulary import Vocabulary
        >>> numbering = Numbering(Vocabulary.of(["high", "거"], [1, 2], [1, 1]), 1, None)
        >>> b"".join(json_of_table(numbering, "word_index")).decode()
        '{\\"\\\\uac70\\": 1, \\"high\\": 2}'
    """
    before = b"{"
    for keys, values in _columns(numbering, name):
        if len(keys):
            entries = _joined('\\"', keys, '\\": ', values)
            row = pa.LargeListArray.from_arrays(pa.array([0, len(keys)]), entries)
            yield before
            yield pc.binary_join(row, pa.scalar(", ", pa.large_string()))[0].as_buffer()
            before = b", "
    yield b"{}" if before == b"{" else b"}"


def words_in_json(text: bytes) -> tuple[str, Vocabulary] | None:
    r"""Return a tokenizer's JSON with empty tables, and its words with their counts.

    It is for the caller to make sure that the other tables are those of these words, by writing
    them again.

    Returns:
        None where the JSON is not written as `Tokenizer.save` writes it.

    Example:
        >>> from textseq import Tokenizer
        >>> from textseq.tokenizer.engine.json_tables import words_in_json
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["high enough"])
        >>> rest, words = words_in_json(tokenizer.to_json().encode())
        >>> rest.count('"{}"'), words.words
        (5, ['high', 'enough'])
    """
    rest, at, tables = b"", 0, []
    for name in TABLES:
        marker = f'"{name}": "'.encode()
        found = text.find(marker, at)
        start = found + len(marker)
        end = text.find(b'}"', start) + 1  # a quote in the table has a backslash before it
        if found < 0 or not end:
            return None
        rest += text[at:start] + b"{}"
        tables.append(np.frombuffer(text, np.uint8)[start:end])
        at = end
    rest += text[at:]
    words = _words(*tables[:2])
    return None if words is None or not rest.isascii() else (rest.decode(), words)


def _words(
    word_counts: npt.NDArray[np.uint8], word_docs: npt.NDArray[np.uint8]
) -> Vocabulary | None:
    """Return the words of two tables, if they are the same and each stands there once."""
    data, offsets, counts = kernels.unescape(word_counts)
    _, others, documents = kernels.unescape(word_docs)
    if not len(offsets) or not np.array_equal(offsets, others) or not np.diff(offsets).all():
        return None
    data.flags.writeable = False  # as is all that comes from Arrow
    words = Vocabulary.of_spelled(data, offsets, counts, documents)
    rows = kernels.find(words.table, data, offsets, kernels.SEED)
    return words if np.array_equal(rows, np.arange(len(rows))) else None


def _columns(numbering: Numbering, name: str) -> Iterator[tuple[Column, Column]]:
    """Yield the keys and the values of a table, as text."""
    words = numbering.vocabulary
    if name == "word_counts":
        yield from _with_numbers(words, words.rows, words.counts)
    elif name == "word_docs":
        yield from _with_numbers(words, words.rows, words.documents)
    elif name == "index_docs":
        numbers = numbering.numbers[words.rows]
        numbered = numbers >= 0
        numbers, documents = numbers[numbered], words.documents[numbered]
        for some in _parts(len(numbers)):
            yield _text(numbers[some]), _text(documents[some])
    else:
        for spelled, number in _word_index(numbering):
            by_number = name == "index_word"
            yield (number, _joined('\\"', spelled, '\\"')) if by_number else (spelled, number)


def _word_index(numbering: Numbering) -> Iterator[tuple[Column, Column]]:
    """Yield words and their numbers, by rank."""
    rows, taken = numbering.rows, 0
    if (token := numbering.oov_token) is not None:
        taken = numbering.number_of(token) or 1
        yield _strings([json.dumps(json.dumps(token)[1:-1])[1:-1]]), _strings([str(taken)])
    numbers = numbering.numbers[rows]
    others = numbers != taken
    yield from _with_numbers(numbering.vocabulary, rows[others], numbers[others])


def _with_numbers(
    words: Vocabulary, rows: Integers, numbers: npt.NDArray[Any]
) -> Iterator[tuple[Column, Column]]:
    for some in _parts(len(rows)):
        yield words.escaped(rows[some]), _text(numbers[some])


def _parts(length: int) -> Iterator[slice]:
    return (slice(start, start + _AT_ONCE) for start in range(0, length, _AT_ONCE))


def _text(numbers: npt.NDArray[Any]) -> Column:
    return cast(Column, pa.array(numbers).cast(pa.large_string()))


def _strings(texts: list[str]) -> Column:
    return pa.array(texts, pa.large_string())


def _joined(*parts: Column | str) -> Column:
    """Return columns and what stands between them, joined row by row."""
    same = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts]
    return cast(Column, pc.binary_join_element_wise(*same, pa.scalar("", pa.large_string())))
