"""Any source of text as a stream of Arrow record batches: `text`, and `label` where there is one.

    a file, folder or pipe  ──►  bytes  ──►  rows  ──►  text: string [, label: string]

corpus.py        `read_corpus`, and the `Corpus` it returns
source.py        opens and decompresses files and pipes
units.py         parts of a corpus that are read by themselves, on any machine
part_folders.py  folders of part files, such as Spark writes
stream.py        decodes bytes to UTF-8 with line feeds, and refuses what is not text
columns.py       finds the text and the label among a table's columns, and checks their rows: the
                 one place that says when a text or a label is missing
kept.py          columns that are kept beside the texts, as they are
formats.py       the registry of readers, and the detection of a file's format by name and content
readers/         one reader per format
text_batches.py  texts from lists, Arrow arrays or a `Corpus`, in batches for the tokenizer
regroup.py       rows in larger groups than a reader yields them
tagged.py        tagged sentences, CoNLL-U or columns: read, and written with the tags filled in
samples.py       the sample corpora that come with textseq

Memory is bounded by the block size (and by the longest row), not by the file; a JSON document alone
is parsed at once. Errors that the start
of a file shows, such as a wrong column, are raised by `read_corpus`; those further in, such as a
byte that is not UTF-8, when their batch is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.corpus.columns import LABEL as LABEL
    from textseq.corpus.columns import TEXT as TEXT
    from textseq.corpus.corpus import Corpus as Corpus
    from textseq.corpus.corpus import read_corpus as read_corpus
    from textseq.corpus.formats import FORMATS as FORMATS
    from textseq.corpus.samples import embedded_corpus as embedded_corpus
    from textseq.corpus.tagged import TaggedSentence as TaggedSentence
    from textseq.corpus.tagged import load_tagged as load_tagged
    from textseq.corpus.tagged import read_tagged as read_tagged

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "FORMATS": "textseq.corpus.formats",
        "LABEL": "textseq.corpus.columns",
        "TEXT": "textseq.corpus.columns",
        "Corpus": "textseq.corpus.corpus",
        "TaggedSentence": "textseq.corpus.tagged",
        "embedded_corpus": "textseq.corpus.samples",
        "load_tagged": "textseq.corpus.tagged",
        "read_corpus": "textseq.corpus.corpus",
        "read_tagged": "textseq.corpus.tagged",
    },
)
