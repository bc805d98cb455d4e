"""Tokenizers from elsewhere: read in any form in which people have them, and checked.

The form is JSON as Keras writes it, that JSON in a string of JSON, a bare `word_index`, or a pickle
of one of these or of Keras's `Tokenizer`. Sample texts are encoded by textseq, and by Keras's rule,
written here in plain Python; the ids must be equal.
"""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from textseq.errors import ArtifactError
from textseq.files.file_types import detect_type
from textseq.files.paths import StrPath
from textseq.migrate.unpickle import Record, unpickle
from textseq.migrate.word_index import tokenizer_of
from textseq.tokenizer.keras_json import (
    SETTINGS,
    TABLES,
    as_word_index,
    parse,
    read_text,
    unwrapped,
)
from textseq.tokenizer.tokenizer import Tokenizer, tokenizer_from_json
from textseq.tokenizer.words import text_to_word_sequence

_OTHERS = {
    "folder": "a folder",
    "sequences": "a file of ids",
    "onehot": "a file of one-hot rows",
    "vectors": "a file of word vectors",
    "config": "the config.json of a model",
    "metrics": "the metrics.json of a model",
    "weights": "a file of weights",
    "checkpoint": "a checkpoint of a training",
}
_OWN_WORDS = 1000  # of the tokenizer, to check
_TYPES = (str, int, float, type(None))

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Migration:
    """A tokenizer from elsewhere, and the result of the check."""

    path: str
    form: str  # "json", "pickle" or "word_index"
    words: int  # in its vocabulary
    documents: int  # that it was fitted on
    settings: dict[str, Any]  # num_words, filters, lower, split, char_level, oov_token
    checked_texts: int  # that were encoded both ways, with equal ids
    checked_ids: int  # of these texts
    examples: list[tuple[str, list[int]]]  # some of the texts, with their ids
    tokenizer: Tokenizer = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields but for the tokenizer as values for JSON."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "tokenizer"}


def check_migration(path: StrPath, texts: Iterable[str] = ()) -> Migration:
    """Read a tokenizer in any form, and check on texts that its ids are those of Keras.

    Its own most frequent words are checked too.

    Raises:
        ArtifactError: It is no tokenizer, or damaged, or gives other ids.
    """
    form, text = read_layout(path)
    try:
        tokenizer = tokenizer_from_json(text)
    except ArtifactError as error:
        raise ArtifactError(f"The tokenizer '{path}' cannot be used: {error}") from error
    if tokenizer.clean:
        raise ArtifactError(
            f"'{path}' does not give the ids of Keras: it cleans texts first "
            f"({','.join(tokenizer.clean)}), which Keras does not; use it as it is, or fit one "
            f"without --clean."
        )
    settings, tables, _ = parse(text)
    settings.pop("document_count", None)
    given = list(texts)
    samples = [*given, *_own_texts(tables["word_index"], settings)]
    expected = list(keras_sequences(samples, settings, tables["word_index"]))
    received = tokenizer.encode(samples).to_lists()
    for sample, ours, theirs in zip(samples, received, expected, strict=True):
        if ours != theirs:
            raise ArtifactError(
                f"'{path}' does not give the ids of Keras: {sample[:60]!r} becomes {theirs[:10]} "
                f"in Keras and {ours[:10]} here; it was fitted with an analyzer of textseq, or its "
                f"tables were changed."
            )
    return Migration(
        path=str(path),
        form=form,
        words=len(tables["word_index"]),
        documents=tokenizer.document_count,
        settings=settings,
        checked_texts=len(samples),
        checked_ids=sum(map(len, received)),
        examples=list(zip(samples, received, strict=True))[: min(len(given) or 3, 3)],
        tokenizer=tokenizer,
    )


def read_layout(path: StrPath) -> tuple[str, str]:
    """Return the form of a tokenizer from elsewhere, and its JSON as Keras writes it.

    Nothing that a pickle refers to is imported or called; see `unpickle`.

    Raises:
        ArtifactError: It is no tokenizer, or damaged.
    """
    path = Path(path)
    kind = "folder" if path.is_dir() else detect_type(path)[0]
    if kind not in ("pickle", "tokenizer"):
        raise ArtifactError(
            f"'{path}' is {_OTHERS[kind]}; expected a tokenizer that Keras saved, as JSON or as a "
            f"pickle, or a word_index."
        )
    if kind == "pickle":
        form, text = "pickle", _text_of_pickle(path)
    else:
        form, text = "json", read_text(path)
    try:
        index = as_word_index(unwrapped(text))
    except ArtifactError as error:
        raise ArtifactError(f"The tokenizer '{path}' cannot be used: {error}") from error
    if index is None:
        return form, text
    return "word_index", tokenizer_of(index, path).to_json()


def _text_of_pickle(path: Path) -> str:
    """Return the JSON of what is pickled: a tokenizer, its JSON, or a `word_index`."""
    data = path.read_bytes()
    try:
        made, end = unpickle(data)
        made = _alone(made)
        if end < len(data):
            _logger.info(
                "'%s' holds more after the first pickle: %s bytes that are not read.",
                path, f"{len(data) - end:,}",
            )  # fmt: skip
        if isinstance(made, Record):
            return _text_of_attributes(made.attributes, len(data))
        if isinstance(made, dict):
            table = {str(key): value for key, value in made.items()}  # ids are strings in JSON
            if as_word_index(table) is not None:
                return json.dumps(_plain_table(table, "word_index", len(data)))
        if isinstance(made, str):
            return made
        raise ArtifactError(f"it holds a {type(made).__name__}, and no Tokenizer")
    except ArtifactError as error:
        raise ArtifactError(
            f"The pickle '{path}' is refused, and nothing in it was run: {error}; expected Keras's "
            f"Tokenizer or its word_index. If you trust the file, open it in the program that "
            f"wrote it, and save `tokenizer.to_json()` there."
        ) from error


def _alone(made: Any) -> Any:
    """Return the tokenizer of a list, tuple or dict that holds one beside other things."""
    values = list(made.values()) if isinstance(made, dict) else made
    records = (
        [v for v in values if isinstance(v, Record)] if isinstance(values, list | tuple) else []
    )
    if len(records) != 1:
        return made
    if len(values) > 1:
        _logger.info("It holds other things too; only the tokenizer is read.")
    return records[0]


def _text_of_attributes(attributes: dict[Any, Any], size: int) -> str:
    """Return the attributes of a pickled tokenizer as Keras's JSON; old ones lack some."""
    given = dict(attributes)
    if "nb_words" in given:  # the name in Keras 1
        given.setdefault("num_words", given.pop("nb_words"))
    if given.pop("analyzer", None) is not None:
        raise ArtifactError("its analyzer is code")
    index = _plain_table(given.pop("word_index", {}), "word_index", size)
    config: dict[str, Any] = {"word_index": json.dumps(index)}
    given.setdefault("index_word", {i: word for word, i in index.items()})
    for name in TABLES:
        if name in given or name in ("word_counts", "word_docs"):
            config[name] = json.dumps(_plain_table(given.pop(name, {}), name, size))
    for name in SETTINGS:
        if name in given:
            config[name] = _plain_setting(given.pop(name), name)
    if given:
        _logger.info(
            "Its attributes %s are not Keras's, and are left out.",
            ", ".join(repr(str(name)[:40]) for name in list(given)[:5]),
        )
    return json.dumps({"class_name": "Tokenizer", "config": config})


def _plain_table(table: Any, name: str, size: int) -> dict[Any, Any]:
    """Return a flat table; a reference to a long string may repeat it only within `size`."""
    if not isinstance(table, dict) or not all(isinstance(v, int | str) for v in table.values()):
        raise ArtifactError(f"its table {name!r} is no dict of strings and integers")
    if sum(len(value) for value in table.values() if isinstance(value, str)) > size:
        raise ArtifactError(f"its table {name!r} repeats long strings")
    return table


def _plain_setting(value: Any, name: str) -> Any:
    characters = isinstance(value, list | tuple) and all(
        isinstance(each, str) and len(each) == 1 for each in value
    )
    if not characters and not isinstance(value, _TYPES):
        raise ArtifactError(f"its setting {name!r} is a {type(value).__name__}")
    return value


def keras_sequences(
    texts: Iterable[str], settings: dict[str, Any], word_index: dict[str, int]
) -> Iterator[list[int]]:
    """Yield each text's ids by the rule of `Tokenizer.texts_to_sequences_generator` of Keras 2.

    Source: https://github.com/keras-team/keras/blob/v2.15.0/keras/preprocessing/text.py
    """
    limit = settings.get("num_words")
    oov_token = settings.get("oov_token")
    oov = None if oov_token is None else word_index.get(oov_token)
    known = {word: i for word, i in word_index.items() if not (limit and i >= limit)}
    for text in texts:
        ids = (known.get(word, oov) for word in _words(text, settings))
        yield [i for i in ids if i is not None]


def _words(text: str, settings: dict[str, Any]) -> list[str]:
    lower = bool(settings.get("lower", True))
    if settings.get("char_level"):
        return list(text.lower() if lower else text)
    named = {name: settings[name] for name in ("filters", "split") if name in settings}
    if isinstance(named.get("filters"), list):
        named["filters"] = "".join(named["filters"])
    return text_to_word_sequence(text, lower=lower, **named)


def _own_texts(word_index: dict[str, int], settings: dict[str, Any]) -> list[str]:
    """Return texts of its most frequent words, ten each, with a word that is unknown."""
    words = sorted(word_index, key=word_index.__getitem__)[:_OWN_WORDS]
    separator = "" if settings.get("char_level") else settings.get("split", " ")
    rows = [words[i : i + 10] for i in range(0, len(words), 10)]
    unknown = "\N{SNOWMAN}" * 3
    return [separator.join([*row, unknown]) for row in rows]
