"""A tokenizer as JSON: Keras's layout, in which each table is a JSON string inside the JSON."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from textseq.errors import ArtifactError
from textseq.files.file_types import GIT_LFS, IS_GIT_LFS, IS_WEB_PAGE, WEB_PAGES, is_pickle

TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")

SETTINGS: dict[str, tuple[type, ...]] = {
    "num_words": (int, float, type(None)),
    "filters": (str, list, type(None)),
    "lower": (int,),
    "split": (str,),
    "char_level": (int,),
    "oov_token": (str, type(None)),
    "document_count": (int,),
}
_DEFAULTS = {"min_count": 1, "clean": ()}  # those that are not None
_LARGEST = 2**62  # more than the kernels count to


def parse(
    json_string: str, name: str = "FILE"
) -> tuple[dict[str, Any], dict[str, dict[Any, Any]], dict[str, Any]]:
    """Return the settings, the tables, and what only textseq writes, all checked.

    `name` is that of the file, for an advice.
    """
    layout = _layout(json_string, name)
    settings = dict(layout["config"])
    for setting, kinds in SETTINGS.items():
        if setting in settings and not isinstance(settings[setting], kinds):
            raise ArtifactError(f"its setting {setting!r} cannot be {settings[setting]!r}.")
    for setting in ("num_words", "document_count"):
        if not 0 <= (settings.get(setting) or 0) <= _LARGEST:
            raise ArtifactError(f"its setting {setting!r} cannot be {settings[setting]!r}.")
    if settings.pop("analyzer", None) is not None:
        raise ArtifactError("its setting 'analyzer' names code, and reading a file never runs any.")
    tables = {table: _table(settings, table) for table in TABLES if table != "index_docs"}
    index = tables["word_index"]
    tables["index_docs"] = (
        _table(settings, "index_docs")
        if "index_docs" in settings
        else {index[word]: n for word, n in tables["word_docs"].items() if word in index}
    )
    for word, i in index.items():
        if i not in tables["index_word"]:
            raise ArtifactError(
                f"its table 'index_word' has no word for the id {i}, which 'word_index' gives to "
                f"{word!r}."
            )
    ours = layout.get("textseq", {})
    if not isinstance(ours, dict):
        raise ArtifactError(f"its part 'textseq' must be an object; received {ours!r}.")
    return settings, tables, ours


def read_text(path: Path) -> str:
    """Return the text of a tokenizer's JSON, without a byte order mark.

    Raises:
        ArtifactError: It is no text, or cannot be read.
    """
    try:
        data = path.read_bytes()
        if is_pickle(data[:1000]):
            raise ArtifactError(
                f"The tokenizer '{path}' cannot be read: it is a pickle, and not JSON; convert it, "
                f"without running anything in it, with `textseq migrate {shlex.quote(str(path))} "
                f"--output tokenizer.json`."
            )
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ArtifactError(f"The tokenizer '{path}' cannot be read: {reason}.") from error


def unwrapped(json_string: Any) -> Any:
    """Return what JSON holds, or what the JSON in a string of JSON holds.

    `json.dump(tokenizer.to_json(), file)` writes such a string.
    """
    value = _loaded(json_string, "it")
    return _loaded(value, "it") if isinstance(value, str) else value


def as_word_index(value: Any) -> dict[str, int] | None:
    """Return a bare table of words and ids, in either direction, as a `word_index`; else None."""
    if not isinstance(value, dict) or not value:
        return None
    if set(map(type, value.values())) == {int}:
        return value
    if set(map(type, value.values())) == {str} and all(
        key.isdecimal() and len(key) < 20 for key in value
    ):
        return {word: int(i) for i, word in value.items()}
    return None


def layout_of(config: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Return what a tokenizer's JSON holds: Keras's `config`, and what is set of `ours`."""
    layout: dict[str, Any] = {"class_name": "Tokenizer", "config": config}
    set_ones = {name: ours[name] for name in ours if ours[name] != _DEFAULTS.get(name)}
    if set_ones:
        layout["textseq"] = set_ones
    return layout


def _layout(json_string: Any, name: str) -> dict[str, Any]:
    """Return the object that holds a tokenizer, or say what it is instead."""
    layout = unwrapped(json_string)
    if isinstance(layout, dict) and "config" not in layout and "word_index" in layout:
        layout = {"class_name": "Tokenizer", "config": layout}  # what `get_config` returns
    if not isinstance(layout, dict):
        raise ArtifactError(f"it must hold a JSON object; received {type(layout).__name__}.")
    config = layout.get("config")
    # A subclass, or a registered class, has another name.
    named = "Tokenizer" in str(layout.get("class_name"))
    if not isinstance(config, dict) or not (named or "word_index" in config):
        raise ArtifactError(_what_json_is(layout, name))
    return layout


def _what_json_is(value: dict[str, Any], name: str) -> str:
    """Say what an object is that is no tokenizer of Keras's, and what to do."""
    if as_word_index(value) is not None:
        output = "tokenizer.json" if Path(name).name != "tokenizer.json" else "adopted.json"
        return (
            f"it is a bare word_index of {len(value):,} words, without the settings of a "
            f"tokenizer; adopt it with `textseq migrate {shlex.quote(name)} --output {output}`."
        )
    if isinstance(value.get("model"), dict) and ("added_tokens" in value or "version" in value):
        return (
            f"it is a tokenizer of Hugging Face's `tokenizers` (model "
            f"{str(value['model'].get('type'))[:20]!r}), and none of Keras's; use it with that "
            f"library, or learn sub-words of your own with `textseq tokenize TEXTS --analyzer bpe "
            f"--save-tokenizer subwords.json`."
        )
    keys = ", ".join(repr(key[:40]) for key in list(value)[:5]) or "no keys"
    return (
        'expected {"class_name": "Tokenizer", "config": {...}} as Keras writes it; '
        f"received an object with {keys}."
    )


def _json_object(text: Any, what: str) -> dict[str, Any]:
    value = _loaded(text, what)
    if not isinstance(value, dict):
        raise ArtifactError(f"{what} must hold a JSON object; received {type(value).__name__}.")
    return value


def _loaded(text: Any, what: str) -> Any:
    if not isinstance(text, str):
        raise ArtifactError(f"{what} must be a JSON string; received {type(text).__name__}.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{what} is not whole JSON{_why_not(text, error)}.") from error


def _why_not(text: str, error: Exception) -> str:
    """Say what is wrong with JSON: whether it is a pointer, a page, cut, or another format."""
    if text.startswith(GIT_LFS):
        return f", but {IS_GIT_LFS}"
    if text.lstrip()[:20].lower().startswith(WEB_PAGES):
        return f", but {IS_WEB_PAGE}"
    if not text.strip():
        return ": it is empty"
    cut = isinstance(error, json.JSONDecodeError) and (
        error.msg.startswith("Unterminated") or not text[error.pos :].strip(" \n\\truefalsn")
    )
    if cut:
        return f": it ends after {len(text):,} characters, in the middle; copy the whole file again"
    return f" ({error})"


def _table(settings: dict[str, Any], name: str) -> dict[Any, Any]:
    """Take the table `name` out of the settings: by word, or by id."""
    if name not in settings:
        raise ArtifactError(f"its table {name!r} is missing.")
    table = _json_object(settings.pop(name), f"its table {name!r}")
    by_id = name.startswith("index_")
    kind = str if name == "index_word" else int
    if not set(map(type, table.values())) <= {kind}:
        raise ArtifactError(f"its table {name!r} must hold values of type {kind.__name__} only.")
    if kind is int and max(map(abs, table.values()), default=0) > _LARGEST:
        raise ArtifactError(f"its table {name!r} holds a value beyond {_LARGEST:,}.")
    try:
        return dict(zip(map(int, table), table.values(), strict=True)) if by_id else table
    except ValueError as error:
        raise ArtifactError(f"its table {name!r} must have ids as keys.") from error
