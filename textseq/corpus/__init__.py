"""Any source of text as a stream of Arrow record batches: `text`, and `label` where there is one.

    one of seven formats  ──►  bytes  ──►  rows  ──►  text: string [, label: string]

Bytes are found and decompressed in `sources.py`, decoded and looked at in `streams.py`; a file per
format turns them into rows; `columns.py` finds the text among a table's columns and makes its rows
sound: UTF-8, never null. Everything streams: memory is bounded by the block size (and by the
longest row), not by the file. It does not clean or split texts, and does not guess encodings.

Mistakes that the start of a file gives away, such as a wrong column, are found when `read_corpus`
is called; those further in, such as a byte that is not UTF-8, when its batch is read.
"""

from textseq.corpus.columns import LABEL, TEXT
from textseq.corpus.corpus import Corpus, read_corpus
from textseq.corpus.formats import FORMATS
from textseq.corpus.samples import embedded_corpus

__all__ = ["FORMATS", "LABEL", "TEXT", "Corpus", "embedded_corpus", "read_corpus"]
