"""Advice in messages works: what a message advises is run on the input that led to it."""

import json

import pytest

from textseq import Tokenizer

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

FITTED = Tokenizer()
FITTED.fit_on_texts(["the high mountain"])

PICKLED = (  # of Keras's Tokenizer, with a word_index
    b"\x80\x02ckeras.preprocessing.text\nTokenizer\n)\x81}X\x0a\0\0\0word_index"
    b"}X\x03\0\0\0theK\x01ssb."
)

TOKENIZERS = {
    "a pickle for a tokenizer": (
        {"t.pickle": PICKLED, "t.txt": "the\n"},
        "tokenize t.txt --tokenizer t.pickle",
        "with `textseq migrate t.pickle --output tokenizer.json`",
        "migrate t.pickle --output tokenizer.json",
    ),
    "a word_index for a tokenizer": (
        {"w.json": '{"the": 1}', "t.txt": "the\n"},
        "tokenize t.txt --tokenizer w.json",
        "adopt it with `textseq migrate w.json --output tokenizer.json`",
        "migrate w.json --output tokenizer.json",
    ),
    "a word_index called tokenizer.json": (
        {"tokenizer.json": '{"the": 1}', "t.txt": "the\n"},
        "tokenize t.txt --tokenizer tokenizer.json",
        "adopt it with `textseq migrate tokenizer.json --output adopted.json`",
        "migrate tokenizer.json --output adopted.json",
    ),
    "a pickle that is inspected": (
        {"t.pickle": PICKLED},
        "migrate t.pickle",
        "Next: textseq migrate t.pickle --output tokenizer.json",
        "migrate t.pickle --output tokenizer.json",
    ),
    "a tokenizer in a string": (
        {"t.json": json.dumps(FITTED.to_json()), "TEXTS": "the\n"},
        "migrate t.json",
        "Next: textseq tokenize TEXTS --tokenizer t.json",
        "tokenize TEXTS --tokenizer t.json",
    ),
    "too large a dense array": (
        {"i.jsonl": '{"ids": [7, 8]}\n'},
        "onehot i.jsonl --width 9 -o x.npy --limit 0",
        "name a .npz file, which holds sparse rows",
        "onehot i.jsonl --width 9 -o x.npz",
    ),
    "too large a limit of its own": (
        {"i.jsonl": '{"ids": [7, 8]}\n'},
        "onehot i.jsonl --width 9 -o x.npy --limit 0",
        "or raise --limit",
        "onehot i.jsonl --width 9 -o x.npy --limit 1",
    ),
    "too large rows to print": (
        {"i.jsonl": '{"ids": [7, 8]}\n'},
        "onehot i.jsonl --width 9 --limit 0",
        "add --sparse",
        "onehot i.jsonl --width 9 --limit 0 --sparse",
    ),
    "sparse and dense": (
        {"i.jsonl": '{"ids": [7, 8]}\n'},
        "onehot i.jsonl --width 9 -o x.npy --sparse",
        "for sparse rows, name a .npz file",
        "onehot i.jsonl --width 9 -o x.npz",
    ),
    "too narrow rows": (
        {"i.jsonl": '{"ids": [7, 8]}\n'},
        "onehot i.jsonl --width 8",
        "here 9 or more",
        "onehot i.jsonl --width 9",
    ),
}


@pytest.mark.parametrize(
    ("files", "command", "advice", "then"), TOKENIZERS.values(), ids=TOKENIZERS
)
def test_tokenizers(follow_hint, files, command, advice, then):
    follow_hint(command, advice, then, files=files)


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
