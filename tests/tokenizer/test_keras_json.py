"""Whatever stands in a tokenizer's JSON: an ArtifactError, or a tokenizer that works."""

import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer, tokenizer_from_json
from textseq.errors import ArtifactError, TextseqError
from textseq.tokenizer.keras_json import TABLES

SETTINGS = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
tables = st.dictionaries(st.text() | st.integers().map(str), st.integers() | st.text())


def layout():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["ain't no mountain high enough"])
    return json.loads(tokenizer.to_json())


def check(changed):
    with contextlib.suppress(ArtifactError):
        tokenizer = tokenizer_from_json(json.dumps(changed))
        with contextlib.suppress(TextseqError):
            ids = tokenizer.encode(["high mountain", "unknown"])
            assert len(ids) == 2
            assert len(tokenizer.encode(tokenizer.sequences_to_texts(ids))) == 2


@given(st.sampled_from([*SETTINGS, *TABLES, "other"]), values | tables.map(json.dumps))
def test_any_value_in_any_place_is_taken_or_refused(name, value):
    changed = layout()
    changed["config"][name] = value
    check(changed)


@given(values)
def test_any_json_is_refused_or_taken(value):
    check(value)
    check(layout() | {"textseq": value})
    check(layout() | {"config": value})


@given(st.text())
def test_any_text_is_refused(text):
    with contextlib.suppress(ArtifactError):
        tokenizer_from_json(text)
