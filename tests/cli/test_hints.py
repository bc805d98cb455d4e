"""Advice in messages works: what a message advises is run on the input that led to it."""

import pytest

READING = {
    "a text column that must be named": (
        {"q.csv": "id,words\n1,a film\n"},
        "tokenize q.csv",
        "Choose one of them with --text-column",
        "tokenize q.csv --text-column words",
    ),
    "UTF-16": (
        {"q.txt": "a film\n".encode("utf-16")},
        "tokenize q.txt",
        "name it with --encoding utf-16",
        "tokenize q.txt --encoding utf-16",
    ),
}


@pytest.mark.parametrize(("files", "command", "advice", "then"), READING.values(), ids=READING)
def test_reading(follow_hint, files, command, advice, then):
    follow_hint(command, advice, then, files=files)
