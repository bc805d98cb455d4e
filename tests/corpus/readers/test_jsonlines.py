"""JSON lines."""

import json

import pytest

from textseq.corpus import read_corpus
from textseq.errors import CorpusError


def test_strings_and_objects_and_blank_lines(write):
    path = write("a.json", '"one"\n\n{"text": "tw\\u00f6 \\ud83d\\ude00"}\r\n')
    assert list(read_corpus(path)) == ["one", "twö 😀"]


def test_labels_of_any_plain_type(write):
    labels = {"1": "1", "true": "true", '"x"': "x", "0.5": "0.5", "2.0": "2", "Infinity": "inf"}
    rows = [f'{{"text": "a", "label": {label}}}' for label in labels]
    assert read_corpus(write("a.ndjson", "\n".join(rows))).labels() == list(labels.values())


def test_keys_may_come_late_in_the_head(write):
    path = write("a.jsonl", '{"id": 1, "text": "a", "label": 1}\n{"label": 2, "text": "b"}\n')
    assert read_corpus(path, block_size=1).labels() == ["1", "2"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ('{"text": "b"', "Row 3 .* is not JSON"),
        ("[" * 100_000, "Row 3 .* is not JSON"),
        ("[1]", "Row 3 .* is a JSON array"),
        ("null", "Row 3 .* is a JSON null"),
        ('{"text": null, "label": 1}', "Row 3 .* has no text"),
        ('{"label": 1}', r"Row 3 .* has no text.*; skip such rows with --drop-missing\.$"),
        ('{"text": "b", "label": null}', "Row 3 .* has no label"),
        ('"b"', "Row 3 .* has no label"),
        ('{"text": 5, "label": 1}', "Row 3 .* has a JSON number in 'text'"),
        ('{"text": "b", "label": [[1]]}', "Row 3 .* array in 'label', where a string"),
        ('{"text": "b", "label": {"x": 1}}', "Row 3 .* object in 'label', where a string"),
        (
            '{"text": "b", "label": [0, 1, 0]}',
            r"Row 3 .* has \['0', '1', '0'\].* list those that do",
        ),
        ('{"text": ["a"], "label": 1}', "Row 3 .* array in 'text', .*; join the words"),
        ('{"text": "\\ud800", "label": 1}', "Row 3 .* half of a surrogate pair"),
    ],
)
@pytest.mark.parametrize("block_size", [4, 1 << 20])
def test_rows_that_are_refused(write, bad, message, block_size):
    path = write("a.jsonl", f'{{"text": "a", "label": 1}}\n\n{bad}\n')
    with pytest.raises(CorpusError, match=message):
        list(read_corpus(path, block_size=block_size))


@pytest.mark.parametrize(
    "content", ['[\n {"text": "a"}\n]\n', '[{"text": "a"}]', '{\n"text": ["a"]}']
)
def test_a_document_is_not_json_lines(write, content):
    path = write("a.jsonl", content)
    with pytest.raises(CorpusError, match=r"Row 1 .* JSON document, say --format json"):
        read_corpus(path)
    assert list(read_corpus(path, format="json")) == ["a"]


@pytest.mark.parametrize("before", ["", "\n", "\n" * 70_000, " \n\n"])
@pytest.mark.parametrize("after", ["", "\n", '\n{"text": "b"}'])
@pytest.mark.parametrize("length", [1, 100_000])
def test_a_first_line_after_blank_ones_and_longer_than_the_head(write, before, after, length):
    line = '{"text": "' + "a" * length + '"}'
    for name in ("a.jsonl", "a.txt", "a.csv") if len(before) < 4 else ("a.jsonl",):
        texts = list(read_corpus(write(name, before + line + after)))
        assert texts[0] == "a" * length
        assert texts[1:] == ["b"] * ("b" in after)


def test_lists_of_labels_of_any_kind(write):
    rows = (
        ["joy", "love", "joy"], [], "joy", 3, ["x", None, " "], [1, 2.0, 0.5, True], "a,b",
    )  # fmt: skip
    lines = [json.dumps({"text": "t", "labels": label}) for label in rows]
    corpus = read_corpus(write("a.jsonl", "\n".join(lines)))
    lists = [["joy", "love"], [], ["joy"], ["3"], ["x"], ["1", "2", "0.5", "true"]]
    assert corpus.labels() == [*lists, ["a,b"]]
    corpus = read_corpus(write("a.jsonl", "\n".join(lines)), label_separator=",")
    assert corpus.labels() == [*lists, ["a", "b"]]


@pytest.mark.parametrize("blank", [None, "", " ", float("nan")])
def test_a_missing_list_is_no_empty_one(write, blank):
    rows = [{"text": "a", "label": ["x"]}, {"text": "b", "label": blank}]
    path = write("a.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(CorpusError, match="Row 2 .* has no label"):
        read_corpus(path).read()
    assert read_corpus(path, drop_missing=True).labels() == [["x"]]
