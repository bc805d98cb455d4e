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
    "tags in texts to fit on": (
        {"plain.txt": "a joy<br />really\na bore\n"},
        "tokenize plain.txt",
        "50.0% of the first 2 texts hold HTML tags such as '<br />', which become words; --clean "
        "html removes them",
        "tokenize plain.txt --clean html",
    ),
    "a step of cleaning that there is not": (
        {"plain.txt": "a joy<br>"},
        "tokenize plain.txt --clean htm,url",
        "did you mean 'html'? Known: html, unicode, urls, several as in 'html,urls', or none.",
        "tokenize plain.txt --clean html,urls",
    ),
    "a tokenizer of Hugging Face's": (
        {"h.json": '{"version": "1.0", "model": {"type": "BPE"}}', "TEXTS": "a joy\n"},
        "tokenize TEXTS --tokenizer h.json",
        "with `textseq tokenize TEXTS --analyzer bpe --save-tokenizer subwords.json`",
        "tokenize TEXTS --analyzer bpe --save-tokenizer subwords.json",
    ),
    "sub-words that were not learned": (
        {"v.txt": "1 2\na 1 2\n", "TEXTS": "a joy\n"},
        "vectors coverage TEXTS -v v.txt --analyzer bpe",
        "(`textseq tokenize TEXTS --analyzer bpe --save-tokenizer tokenizer.json`)",
        "tokenize TEXTS --analyzer bpe --save-tokenizer tokenizer.json",
    ),
    "a number of sub-words without any": (
        {"t.txt": "a joy\n"},
        "tokenize t.txt --vocab-size 50",
        "use --analyzer bpe (analyzer='bpe') or unigram",
        "tokenize t.txt --vocab-size 50 --analyzer bpe",
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
        "for sparse rows, name a .npz or .parquet file",
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
    "a table that may be text, as CSV": (
        {"q.txt": "a|b\na film|A\nno joy|B\ngood film|A\nbad|B\n"},
        "tokenize q.txt",
        "each of its first lines has a '|'; say --format csv",
        "tokenize q.txt --format csv --text-column a",
    ),
    "a table that may be text, as TSV": (
        {"q.txt": "1\ta film\n2\tno joy\n3\tbad\n"},
        "tokenize q.txt",
        "say --format tsv",
        "tokenize q.txt --format tsv",
    ),
    "fastText's lines, some without a label": (
        {"q.txt": "a film\nno joy __label__x\n"},
        "tokenize q.txt",
        "say --format fasttext",
        "tokenize q.txt --format fasttext --drop-missing",
    ),
    "labels that look like several": (
        {"q.csv": "text,label\na film,x\nno joy,y\nbad,x;y\n"},
        "tokenize q.csv",
        "if that is several labels, say --label-separator ';'",
        "tokenize q.csv --label-separator ;",
    ),
    "a separator of labels where a line has no labels": (
        {"q.txt": "a film,x\n"},
        "tokenize q.txt --label-separator ,",
        "name its real format, such as --format csv",
        "tokenize q.txt --label-separator ; --format csv --no-header --text-column 1",
    ),
    "labels that are split and not read": (
        {"q.csv": "text,label\na film,x\n"},
        "tokenize q.csv --label-separator ; --no-labels",
        "leave out --label-separator or --no-labels",
        "tokenize q.csv --no-labels",
    ),
    "columns of a table whose header has other names": (
        {"q.txt": "id,words\n1,a film\n"},
        "tokenize q.txt --text-column words",
        "name its real format, such as --format csv",
        "tokenize q.txt --text-column words --format csv",
    ),
    "a document in JSON under another name": (
        {"q.jsonl": '[\n{"text": "a film"}\n]\n'},
        "tokenize q.jsonl",
        "say --format json",
        "tokenize q.jsonl --format json",
    ),
    "a web page": (
        {"q.csv": "<html>no</html>\n"},
        "tokenize q.csv",
        "read the page as text with --format text",
        "tokenize q.csv --format text",
    ),
    "a format that was recognised": (
        {"q.txt": '{"text": "a film"}\n'},
        "tokenize q.txt",
        "is read as jsonl, as it begins so; --format names another",
        "tokenize q.txt --format text",
    ),
    "sources of which some have labels": (
        {"q.csv": "text,label\na film,x\n", "q.txt": "no joy\n"},
        "tokenize q.csv q.txt",
        "all without labels with --no-labels",
        "tokenize q.csv q.txt --no-labels",
    ),
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


TINY = "--preset textbook --epochs 1 --units 2 --dimension 2"
SPLIT = "label\ttext\tsplit\n" + "good\ta joy\ttrain\nbad\tdull\ttrain\ngood\tjoy\tdev\n"
VECTORS_FILE = "2 2\njoy 1 2\ndull 2 1\n"

CLASSIFY = {
    "training rows as validation rows": (
        {"s.tsv": SPLIT},
        f"classify train s.tsv --where split=train --validation s.tsv {TINY} -o m",
        "--validation-where split=dev",
        "classify train s.tsv --where split=train --validation s.tsv --validation-where split=dev "
        f"{TINY} -o m",
    ),
    "training texts as validation texts": (
        {"s.tsv": SPLIT},
        f"classify train s.tsv --validation s.tsv {TINY} -o other",
        "choose other texts (--validation, --validation-where)",
        f"classify train s.tsv --where split=train --validation-where split=dev {TINY} -o m",
    ),
    "vectors for another embedding": (
        {"s.tsv": SPLIT, "v.txt": VECTORS_FILE},
        f"classify train s.tsv --vectors v.txt {TINY[:-14]} -o m",
        "ask for --embedding word2vec",
        f"classify train s.tsv --vectors v.txt --embedding word2vec {TINY[:-14]} -o m",
    ),
    "an embedding without vectors": (
        {"s.tsv": SPLIT, "v.txt": VECTORS_FILE},
        f"classify train s.tsv --embedding word2vec {TINY[:-14]} -o m",
        "give them with --vectors FILE",
        f"classify train s.tsv --vectors v.txt --embedding word2vec {TINY[:-14]} -o m",
    ),
    "tags in the training texts": (
        {"s.tsv": SPLIT.replace("dull", "dull<br>")},
        f"classify train s.tsv {TINY} -o other",
        "33.3% of the training texts hold HTML tags such as '<br>', so all texts are cleaned of "
        "HTML first (--clean html, clean='html'); --clean none leaves them as they are.",
        f"classify train s.tsv {TINY} --clean none -o m",
    ),
    "n-grams that are not used": (
        {"s.tsv": SPLIT},
        f"classify train s.tsv --ngrams 3 {TINY} -o other",
        "--embedding ngrams (embedding='ngrams')",
        f"classify train s.tsv --ngrams 3 --embedding ngrams {TINY} -o m",
    ),
    "a fraction that leaves nothing": (
        {"s.tsv": SPLIT},
        f"classify train s.tsv --validation-fraction 0.9999 {TINY} -o m",
        "give a smaller fraction",
        f"classify train s.tsv --validation-fraction 0.3 {TINY} -o m",
    ),
    "validation texts twice": (
        {"s.tsv": SPLIT, "d.tsv": SPLIT},
        f"classify train s.tsv --validation d.tsv --validation-fraction 0.3 {TINY} -o m",
        "leave out one or the other",
        f"classify train s.tsv --validation d.tsv {TINY} -o m",
    ),
}


@pytest.mark.parametrize(("files", "command", "advice", "then"), CLASSIFY.values(), ids=CLASSIFY)
def test_classify(follow_hint, files, command, advice, then):
    follow_hint(command, advice, then, files=files)


PREDICT = {
    "a file for a sentence": (
        "classify predict m plain.txt",
        "use --input plain.txt",
        "classify predict m --input plain.txt",
    ),
    "an option for a sentence": (
        "classify predict m 'a joy' --encoding latin-1",
        "leave it out",
        "classify predict m 'a joy'",
    ),
    "a model that exists": (
        "classify train s.tsv -o m",
        "ask for it with --force",
        f"classify train s.tsv {TINY} -o m --force",
    ),
}


@pytest.mark.parametrize(("command", "advice", "then"), PREDICT.values(), ids=PREDICT)
def test_predict(textseq, follow_hint, tmp_path, command, advice, then):
    (tmp_path / "s.tsv").write_text(SPLIT)
    assert textseq(*f"classify train s.tsv {TINY} -o m".split()).exit_code == 0
    follow_hint(command, advice, then, files={"plain.txt": "a joy\n"})


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


TABLES = {
    "commas in the one column": (
        {"q.csv": "text\na joy, pure\na bore; long\n"},
        "tokenize q.csv",
        "read each line as one field with --delimiter tab",
        "tokenize q.csv --delimiter tab",
    ),
    "rows without names in JSON": (
        {"q.json": '[["x", "a film"], ["y", "b"]]'},
        "tokenize q.json",
        "it has: '1', '2'. Choose one of them with --text-column",
        "tokenize q.json --text-column 2 --label-column 1",
    ),
    "a quote that is never closed": (
        {"q.csv": 'label,text\npos,fine\nneg,"open\n' + "pos,fine\n" * 9},
        "tokenize q.csv",
        "Row 2 (the header not counted) of 'q.csv' has a quote that is never closed. If quotes are "
        "plain characters in this file, use --quoting none",
        "tokenize q.csv --quoting none",
    ),
    "quotes that are plain characters": (
        {"q.tsv": 'label\ttext\n1\tFirst\n2\t"Second\n3\t"Third\n4\tFourth\n'},
        "tokenize q.tsv",
        "use --quoting none",
        "tokenize q.tsv --quoting none",
    ),
    "a text of several lines that look like rows": (
        {"q.tsv": 'text\tlabel\n"good\t1\nbad"\t0\n'},
        "tokenize q.tsv",
        "Row 1 (the header not counted) of 'q.tsv' has a quoted text that runs over several rows, "
        "each of which could be one; if it is one text, use --quoting minimal",
        "tokenize q.tsv --quoting minimal",
    ),
    "several lines that are rows": (
        {"q.tsv": 'text\tlabel\n"good\t1\nbad"\t0\n'},
        "tokenize q.tsv",
        "If quotes are plain characters in this file, use --quoting none",
        "tokenize q.tsv --quoting none",
    ),
    "a quote in the header": (
        {"q.csv": 'text,"label\na,x\n'},
        "tokenize q.csv",
        "use --quoting none",
        "tokenize q.csv --quoting none",
    ),
    "commas that are not quoted": (
        {"q.csv": "label,text\npos,good, very good\n"},
        "tokenize q.csv",
        "read each line as a text with --format text",
        "tokenize q.csv --format text",
    ),
    "fields that are quoted after all": (
        {"q.csv": 'label,text\npos,"good, very good"\n'},
        "tokenize q.csv --quoting none",
        "If fields are quoted in this file, use --quoting minimal",
        "tokenize q.csv --quoting minimal",
    ),
    "a delimiter that is not clear": (
        {"q.csv": "my words;x\na joy;1\n"},
        "tokenize q.csv",
        "Name it with --delimiter ';'",
        "tokenize q.csv --delimiter ';' --text-column 'my words'",
    ),
    "one column whose name has a delimiter": (
        {"q.csv": "my words;x\na joy;1\n"},
        "tokenize q.csv",
        "name the one column with --text-column 'my words;x'",
        "tokenize q.csv --text-column 'my words;x'",
    ),
    "a delimiter that was recognised wrongly": (
        {"q.csv": "text;label\na;x\n"},
        "tokenize q.csv",
        "'q.csv' is read with ';' between columns, as its rows show; --delimiter names another",
        "tokenize q.csv --delimiter ,",
    ),
    "a first row that is data": (
        {"q.csv": "loved it,pos\nhated it,neg\n"},
        "tokenize q.csv",
        "If the first row is data, say --no-header",
        "tokenize q.csv --no-header",
    ),
    "columns without names that are not clear": (
        {"q.csv": "1,a film,a joy\n2,a book,a bore\n1,an act,a shame\n"},
        "tokenize q.csv",
        "which of its columns is the text is not clear: 1 ('1'), 2 ('a film'), 3 ('a joy'). Choose "
        "by number with --text-column and --label-column",
        "tokenize q.csv --text-column 3 --label-column 1",
    ),
    "a first row that is a header": (
        {"q.csv": "1,a film,a joy\n2,a book,a bore\n1,an act,a shame\n"},
        "tokenize q.csv",
        "say --header if the first row is one",
        "tokenize q.csv --header --text-column 'a joy'",
    ),
    "a table recognised wrongly": (
        {"q.txt": "Wow.\t1\nCrust bad.\t0\nSo nasty.\t0\nLoved it\t1\n"},
        "tokenize q.txt",
        "without a header, with column 1 as the text and column 2 as the label, of: 1 ('Wow.'), "
        "2 ('1'); --header, --text-column and --label-column say otherwise",
        "tokenize q.txt --header --text-column Wow.",
    ),
    "one row": (
        {"q.csv": "a joy,x\n"},
        "tokenize q.csv",
        "If its one row is data, say --no-header",
        "tokenize q.csv --no-header --text-column 1",
    ),
    "a first row that was named": (
        {"q.tsv": "Wow.\t1\nCrust bad.\t0\nSo nasty.\t0\nLoved it\t1\n"},
        "tokenize q.tsv --text-column Wow. --label-column 1",
        "if it is data, say --no-header and name columns by number",
        "tokenize q.tsv --no-header --text-column 1 --label-column 2",
    ),
    "one column": (
        {"q.csv": "joy\na bore\n"},
        "tokenize q.csv",
        "with --no-header as a text",
        "tokenize q.csv --no-header",
    ),
    "two columns of one name": (
        {"q.csv": "text,text\na,b\n"},
        "tokenize q.csv",
        "choose one by its number with --text-column, from 1 to 2",
        "tokenize q.csv --text-column 2",
    ),
    "a delimiter for plain text": (
        {"q.txt": "text;label\na;x\n"},
        "tokenize q.txt --format text --delimiter ';'",
        "name its format with --format csv",
        "tokenize q.txt --format csv --delimiter ';'",
    ),
}


@pytest.mark.parametrize(("files", "command", "advice", "then"), TABLES.values(), ids=TABLES)
def test_tables(follow_hint, files, command, advice, then):
    follow_hint(command, advice, then, files=files)


def test_a_quote_among_fields_that_are_quoted_leads_in_no_circle(textseq, tmp_path):
    path = tmp_path / "q.csv"
    path.write_text('label,text\npos,"a, b"\nneg,"open\npos,c\n')
    assert "Row 2" in textseq("tokenize", path).stderr
    assert "else mend the row" in textseq("tokenize", path).stderr
    path.write_text(path.read_text().replace('"open', "open"))
    assert len(textseq("tokenize", path).stdout.splitlines()) == 3


def test_quotes_lead_to_all_rows(follow_hint):
    """The advice for a quote that is never closed reads the rows that it would have swallowed."""
    then = follow_hint(*TABLES["a quote that is never closed"][1:], files=TABLES[
        "a quote that is never closed"
    ][0])  # fmt: skip
    assert len(then.stdout.splitlines()) == 11
