"""JSON documents in the layouts that people have."""

import json

import pytest

from textseq.corpus import read_corpus
from textseq.errors import CorpusError

ROWS = [{"id": 1, "text": "a film", "label": "x"}, {"id": 2, "text": "b", "label": "y"}]

LAYOUTS = {
    "records": ROWS,
    "pandas's columns": {key: {str(i): r[key] for i, r in enumerate(ROWS)} for key in ROWS[0]},
    "pandas's index": {str(i): row for i, row in enumerate(ROWS)},
    "pandas's split": {
        "columns": list(ROWS[0]),
        "index": [0, 1],
        "data": [list(row.values()) for row in ROWS],
    },
    "pandas's table": {"schema": {"fields": [], "pandas_version": "1.4.0"}, "data": ROWS},
    "columns": {key: [row[key] for row in ROWS] for key in ROWS[0]},
    "under a key": {"version": "2.0", "data": ROWS},
    "datasets-server": {
        "features": [{"feature_idx": 0, "name": "text"}],
        "rows": [{"row_idx": i, "row": row, "truncated_cells": []} for i, row in enumerate(ROWS)],
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["a.json", "a.json.txt", "a"])
def test_layouts(write, layout, indent, name):
    corpus = read_corpus(write(name, json.dumps(LAYOUTS[layout], indent=indent)))
    assert (list(corpus), corpus.labels()) == (["a film", "b"], ["x", "y"])


PANDAS = {  # to_json(orient=...) of text ["a film", "b", "c"] and label [1, None, 0]
    "records": '[{"text":"a film","label":1.0},{"text":"b","label":null},{"text":"c","label":0.0}]',
    "columns": '{"text":{"0":"a film","1":"b","2":"c"},"label":{"0":1.0,"1":null,"2":0.0}}',
    "index": '{"0":{"text":"a film","label":1.0},"1":{"text":"b","label":null},'
    '"2":{"text":"c","label":0.0}}',
    "split": '{"columns":["text","label"],"index":[0,1,2],'
    '"data":[["a film",1.0],["b",null],["c",0.0]]}',
    "table": '{"schema":{"fields":[{"name":"text","type":"string"}],"pandas_version":"1.4.0"},'
    '"data":[{"text":"a film","label":1.0},{"text":"b","label":null},{"text":"c","label":0.0}]}',
    "lines": '{"text":"a film","label":1.0}\n{"text":"b","label":null}\n{"text":"c","label":0.0}\n',
}


@pytest.mark.parametrize("content", PANDAS.values(), ids=PANDAS)
def test_what_pandas_writes(write, content):
    path = write("a.json", content)
    with pytest.raises(CorpusError, match="Row 2 .* has no label"):
        list(read_corpus(path))
    corpus = read_corpus(path, drop_missing=True)
    assert (list(corpus), corpus.labels()) == (["a film", "c"], ["1", "0"])


def test_json_lines_of_pandas_and_of_datasets(write):
    assert list(read_corpus(write("a.json", '{"text":"a","label":[1]}\n'), labels=False)) == ["a"]
    assert list(read_corpus(write("b.json", '{"text":"a"}\n{"text":"b"}\n'))) == ["a", "b"]


@pytest.mark.parametrize("name", ["a.json", "a"])
def test_rows_without_names(write, name):
    path = write(name, '[["a film", 1], ["b", 0]]')
    corpus = read_corpus(path, text_column="1", label_column="2")
    assert (list(corpus), corpus.labels()) == (["a film", "b"], ["1", "0"])


@pytest.mark.parametrize("name", ["a.json", "a"])
def test_a_series(write, name):
    path = write(name, '{"0":"a film","7":"b"}')
    assert list(read_corpus(path)) == ["a film", "b"]


def test_strings(write):
    assert list(read_corpus(write("a.json", '["a film",\n"b\\r\\nc"]'))) == ["a film", "b\nc"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"text": "a"}, 5]', "Row 2 .* is a JSON number"),
        ('[["a", "x"]]', "it has: '1', '2'. Choose one of them with --text-column"),
        ('[{"text": "a"}, ["x"]]', r"Row 2 .* is a JSON array; .* for each row\.$"),
        ('{"a": 1, "text": "b",\n"c": 2}', "is one JSON object, with the keys 'a', 'text', 'c'"),
        ('{"train": [{"text": "a"}], "test": [{"text": "b"}]}', "several keys, 'train', 'test'"),
        ('[{"text": "a"}', "is not a JSON document"),
        ('[{"text": "a"}]\n[{"text": "b"}]', "is not a JSON document"),
        ("5", "is a JSON number; expected an array of objects"),
        ("[" * 100_000, "is not a JSON document"),
        ("[]", "has no text"),
        ('[{"text": null}]', "Row 1 .* has no text"),
        ('{"intents": [{"tag": "hi", "patterns": ["Hi"]}]}', "None of the columns.*'tag', 'patt"),
    ],
)
def test_refusals(write, content, message):
    with pytest.raises(CorpusError, match=message):
        list(read_corpus(write("a.json", content), format="json"))


def test_bytes_that_are_not_utf8(write):
    path = write("a.json", b'[{"text": "\xc0\xcc"}]')
    with pytest.raises(CorpusError, match="has bytes that are not text.*--encoding"):
        read_corpus(path)
    assert list(read_corpus(path, encoding="cp949")) == ["이"]
