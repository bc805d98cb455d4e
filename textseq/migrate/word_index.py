"""A bare `word_index`, which holds ids and no settings, as a tokenizer.

The settings are Keras's defaults but where the words show others: capital letters mean
`lower=False`, a space means `char_level=True`, and a word such as <unk> is the `oov_token`.
"""

import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from textseq.errors import ArtifactError
from textseq.tokenizer.tokenizer import Tokenizer

_UNKNOWN = re.compile(r"\W*(unk|unknown|oov)(_?tok(en)?)?\W*")
_MARK = re.compile(r"\W*(s|start|sos|bos|go|end|eos|pad|cls|sep|mask)\W*")  # of other things
_SPECIAL = re.compile(r"[<\[_(].*[>\]_)]")  # <pad>, [CLS], __start__

_logger = logging.getLogger(__name__)


def tokenizer_of(index: dict[str, int], path: Path) -> Tokenizer:
    """Return the tokenizer of a `word_index`, and say what was assumed.

    A word with the id 0 is left out if no text holds it, such as <pad>.

    Raises:
        ArtifactError: Two words have one id, or an id is negative or that of padding.
    """
    by_id = _words_by_id(index, path)
    plain = [word for word in index if not (_SPECIAL.fullmatch(word) or _is_unknown(word))]
    settings: dict[str, Any] = {
        "lower": all(word == word.lower() for word in plain),
        "char_level": " " in index,
    }
    never = _never_split_off(Tokenizer(**settings), index)
    zero = by_id.pop(0, None)
    if zero is not None and zero not in never:
        raise ArtifactError(
            f"'{path}' is no word_index of Keras's: it gives {zero!r} the id 0, which is reserved "
            f"for padding; words need ids from 1."
        )
    first = by_id.get(1)
    is_oov = first in never and not _MARK.fullmatch(str(first).casefold())
    oov_token = next(filter(_is_unknown, never), first if is_oov else None)
    _say_what_is_assumed(path, {**settings, "oov_token": oov_token}, zero, never)
    tokenizer = Tokenizer(**settings, oov_token=oov_token)
    tokenizer.index_word = by_id
    tokenizer.word_index = {word: i for i, word in by_id.items()}
    return tokenizer


def _words_by_id(index: dict[str, int], path: Path) -> dict[int, str]:
    by_id: dict[int, str] = {}
    for word, i in sorted(index.items(), key=lambda item: item[1]):
        if i < 0 or i in by_id:
            other = f" and {by_id[i]!r}" if i in by_id else ""
            raise ArtifactError(
                f"'{path}' is no word_index: its words need ids from 1, each its own; received the "
                f"id {i} for {word!r}{other}."
            )
        by_id[i] = word
    return by_id


def _never_split_off(tokenizer: Tokenizer, words: Iterable[str]) -> list[str]:
    """Return the words that no text gives."""
    pairs = zip(words, tokenizer.tokenize(words), strict=True)
    return [word for word, tokens in pairs if tokens != [word]]


def _is_unknown(word: str) -> bool:
    return _UNKNOWN.fullmatch(word.casefold()) is not None


def _say_what_is_assumed(
    path: Path, settings: dict[str, Any], zero: str | None, never: list[str]
) -> None:
    _logger.info(
        "'%s' is a bare word_index, which holds no settings; taken are Keras's defaults with %s. "
        'If the tokenizer had others, change them in the "config" of the JSON that is written.',
        path,
        ", ".join(f"{name}={value!r}" for name, value in settings.items()),
    )
    if zero is not None:
        _logger.info("%r is left out: its id 0 is that of padding.", zero)
    useless = [word for word in never if word not in (settings["oov_token"], zero)]
    if useless:
        _logger.info(
            "%s words, such as %r, are never found in a text with these settings.",
            f"{len(useless):,}",
            useless[0],
        )
