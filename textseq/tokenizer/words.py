"""One text into words: the rule of Keras's `text_to_word_sequence`, and hashing without an index.

Lower-case, turn every filtered character into the separator, split there, drop what is empty. No
other normalisation: "cafe\u0301" and "caf\u00e9" are two words, as they are in Keras.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable

from textseq.compute.integers import as_integer
from textseq.errors import ArgumentError

DEFAULT_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(
    input_text: str, filters: str = DEFAULT_FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """Split a text into words, exactly as Keras's function of this name does.

    Args:
        input_text: The text.
        filters: Characters that separate words and are dropped.
        lower: Whether to lower-case the text first.
        split: The separator, one character or more. Only this and `filters` separate: with the
            defaults, a carriage return or a no-break space stays inside a word.

    Returns:
        The words, in order, none of them empty.

    Raises:
        ArgumentError: `input_text` is not a string, or `split` is empty.

    Example:
        >>> from textseq import text_to_word_sequence
        >>> text_to_word_sequence("Ain't no mountain high enough!")
        ["ain't", 'no', 'mountain', 'high', 'enough']
    """
    if not isinstance(input_text, str):
        raise ArgumentError(
            f"`input_text` must be a string. Received: {input_text!r} of type "
            f"{type(input_text).__name__}."
        )
    return word_splitter(filters, lower, split)(input_text)


def word_splitter(
    filters: str | list[str] | None, lower: bool, split: str
) -> Callable[[str], list[str]]:
    """Return the function text -> words for these settings, its translation table built once."""
    if not isinstance(split, str) or not split:
        raise ArgumentError(
            f"`split` must be a string of one character or more. Received: {split!r}."
        )
    try:
        separators = _separators(tuple(filters), split)  # type: ignore[arg-type]  # None: an error
    except (TypeError, ValueError):
        raise ArgumentError(f"`filters` must be characters. Received: {filters!r}.") from None

    def words(text: str) -> list[str]:
        if lower:
            text = text.lower()
        return [word for word in text.translate(separators).split(split) if word]

    return words


@functools.lru_cache(maxsize=64)
def _separators(filters: tuple[str, ...], split: str) -> dict[int, str]:
    return str.maketrans(dict.fromkeys(filters, split))


def hashing_trick(
    text: str,
    n: int,
    hash_function: Callable[[str], int] | str | None = None,
    filters: str = DEFAULT_FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], list[str]] | None = None,
) -> list[int]:
    """Turn a text into ids by hashing its words into `n` buckets; no fitting, and collisions.

    Args:
        text: The text.
        n: The number of ids, the reserved 0 among them, so words get 1 to n - 1. At least 2.
        hash_function: None for Python's `hash`, which changes from one process to the next unless
            PYTHONHASHSEED is set; `"md5"` for one that never changes; or your own.
        filters: As in `text_to_word_sequence`.
        lower: As in `text_to_word_sequence`.
        split: As in `text_to_word_sequence`.
        analyzer: Makes the words in place of `text_to_word_sequence`.

    Returns:
        One id per word, 1 to n - 1.

    Raises:
        ArgumentError: `n` is below 2, or the hash function is an unknown name.

    Example:
        >>> from textseq import hashing_trick
        >>> hashing_trick("ain't no mountain high enough", n=12, hash_function="md5")
        [9, 3, 6, 8, 6]
    """
    because = ", because id 0 is reserved and words need at least one id"
    n = as_integer(n, "n", at_least=2, note=because)
    if analyzer is not None and not callable(analyzer):
        raise ArgumentError(f"`analyzer` must be a callable or None. Received: {analyzer!r}.")
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    elif not callable(hash_function):
        raise ArgumentError(
            f"`hash_function` must be None, 'md5' or a callable. Received: {hash_function!r}."
        )
    words = analyzer(text) if analyzer else text_to_word_sequence(text, filters, lower, split)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(
        hashlib.md5(word.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest(), 16
    )
