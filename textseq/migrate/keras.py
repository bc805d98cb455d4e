"""Checks of a tokenizer that Keras saved.

Of JSON, sample texts are encoded by textseq, and by Keras's rule, written here in plain Python; the
ids must be equal. A pickle is never loaded, because loading runs any code that it refers to.
"""

import contextlib
import pickletools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textseq.errors import ArtifactError
from textseq.files.file_types import detect_type
from textseq.files.paths import StrPath
from textseq.tokenizer.keras_json import parse
from textseq.tokenizer.tokenizer import Tokenizer
from textseq.tokenizer.words import text_to_word_sequence

_OTHERS = {
    "folder": "a folder",
    "sequences": "a file of ids",
    "onehot": "a file of one-hot rows",
    "vectors": "a file of word vectors",
}
_OWN_WORDS = 1000  # of the tokenizer, to check
_START = 1 << 16  # bytes of a pickle that are read


@dataclass(frozen=True)
class Migration:
    """The contents of a tokenizer that Keras saved, and the result of the check."""

    path: str
    words: int  # in its vocabulary
    documents: int  # that it was fitted on
    settings: dict[str, Any]  # num_words, filters, lower, split, char_level, oov_token
    checked_texts: int  # that were encoded both ways, with equal ids
    checked_ids: int  # of these texts
    examples: list[tuple[str, list[int]]]  # some of the texts, with their ids


def is_pickle(path: StrPath) -> bool:
    """Return whether the content of a file is a pickle; if not, it is a tokenizer."""
    kind = "folder" if Path(path).is_dir() else detect_type(path)[0]
    if kind not in ("pickle", "tokenizer"):
        raise ArtifactError(
            f"'{path}' is {_OTHERS[kind]}; expected a tokenizer that Keras saved, as JSON or as a "
            f"pickle."
        )
    return kind == "pickle"


def conversion_script(path: StrPath) -> str:
    """Return five lines of Python that convert a pickled tokenizer to JSON, where Keras is."""
    return f"""\
import pickle
with open({str(path)!r}, "rb") as file:
    tokenizer = pickle.load(file)
with open({str(json_beside(path))!r}, "x", encoding="utf-8") as file:
    file.write(tokenizer.to_json())"""


def json_beside(path: StrPath) -> Path:
    """Return where `conversion_script` writes the JSON of a pickle; never the pickle itself."""
    path = Path(path)
    return path.with_suffix(".json.json" if path.suffix == ".json" else ".json")


def names_in_pickle(path: StrPath) -> list[str]:
    """Return the classes and functions that the start of a pickle refers to, without loading it."""
    with Path(path).open("rb") as file:
        start = file.read(_START)
    names: list[str] = []
    strings: list[str] = []
    # Of a truncated or damaged one, return the names up to there.
    with contextlib.suppress(ValueError, IndexError):
        for opcode, argument, _ in pickletools.genops(start):
            if opcode.name == "GLOBAL":
                names.append(str(argument).replace(" ", "."))
            elif opcode.name == "STACK_GLOBAL" and len(strings) > 1:
                names.append(".".join(strings[-2:]))
            elif isinstance(argument, str):
                strings.append(argument)
    return list(dict.fromkeys(names))


def check_migration(path: StrPath, texts: Iterable[str] = ()) -> Migration:
    """Read the JSON of a tokenizer, and check on texts that its ids are those of Keras.

    Its own most frequent words are checked too.
    """
    tokenizer = Tokenizer.load(path)
    settings, tables, _ = parse(Path(path).read_text(encoding="utf-8"))
    settings.pop("document_count", None)
    given = list(texts)
    samples = [*given, *_own_texts(tables["word_index"], settings)]
    expected = list(keras_sequences(samples, settings, tables["word_index"]))
    received = tokenizer.encode(samples).to_lists()
    for text, ours, theirs in zip(samples, received, expected, strict=True):
        if ours != theirs:
            raise ArtifactError(
                f"'{path}' does not give the ids of Keras: {text[:60]!r} becomes {theirs[:10]} in "
                f"Keras and {ours[:10]} here; it was fitted with an analyzer of textseq, or its "
                f"tables were changed."
            )
    return Migration(
        path=str(path),
        words=len(tables["word_index"]),
        documents=tokenizer.document_count,
        settings=settings,
        checked_texts=len(samples),
        checked_ids=sum(map(len, received)),
        examples=list(zip(samples, received, strict=True))[: min(len(given) or 3, 3)],
    )


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
