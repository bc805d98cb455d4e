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


READERS = {
    "labels that are missing, skipped": (
        {"q.csv": "text,label\na film,x\nno joy,\n"},
        "tokenize q.csv",
        "skip such rows with --drop-missing",
        "tokenize q.csv --drop-missing",
    ),
    "labels that are missing, not read": (
        {"test.csv": "id,text,label\n1,a film,\n2,no joy,\n"},
        "tokenize test.csv",
        "read the texts without labels with --no-labels",
        "tokenize test.csv --no-labels",
    ),
    "UTF-16 without a mark": (
        {"q.txt": "a film\n".encode("utf-16-be")},
        "tokenize q.txt",
        "say --encoding utf-16-be",
        "tokenize q.txt --encoding utf-16-be",
    ),
    "UTF-16 without a mark, named": (
        {"q.txt": "a film\n".encode("utf-16-le")},
        "tokenize q.txt --encoding utf-16",
        "say --encoding utf-16-le",
        "tokenize q.txt --encoding utf-16-le",
    ),
    "UTF-32": (
        {"q.txt": "a film\n".encode("utf-32")},
        "tokenize q.txt",
        "name it with --encoding utf-32",
        "tokenize q.txt --encoding utf-32",
    ),
    "UTF-32 without a mark": (
        {"q.txt": "한 film\n".encode("utf-32-le")},
        "tokenize q.txt --encoding utf-32",
        "say --encoding utf-32-le",
        "tokenize q.txt --encoding utf-32-le",
    ),
}


VECTORS = {
    "vectors that cannot all be used": (
        {"v.txt": "a 1 2\na 3 4\nb 1 1\n"},
        "vectors similarity a b --vectors v.txt --strict",
        "without --strict (strict=False) it is skipped",
        "vectors similarity a b --vectors v.txt",
    ),
    "a first line that claims too many": (
        {"v.txt": "200 2\na 1 2\nb 1 1\n" + "".join(f"word{i} 1.25 2.25\n" for i in range(98))},
        "vectors similarity a b --vectors v.txt",
        "if it is complete, correct its first line to '100 2'",
        "vectors similarity a b --vectors corrected.txt",
    ),
}


@pytest.mark.parametrize(("files", "command", "advice", "then"), READING.values(), ids=READING)
def test_reading(follow_hint, files, command, advice, then):
    follow_hint(command, advice, then, files=files)


@pytest.mark.parametrize(("files", "command", "advice", "then"), READERS.values(), ids=READERS)
def test_readers(follow_hint, files, command, advice, then):
    follow_hint(command, advice, then, files=files)


@pytest.mark.parametrize(("files", "command", "advice", "then"), VECTORS.values(), ids=VECTORS)
def test_vectors(follow_hint, files, command, advice, then):
    (content,) = files.values()
    corrected = {"corrected.txt": content.replace("200 2", "100 2", 1)}
    follow_hint(command, advice, then, files=files | corrected)
