"""What may be asked of a reader."""

import pytest

from textseq.corpus.options import Options
from textseq.errors import ArgumentError


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("format", "xml", "'xml' is not a known format; known: text, csv, tsv"),
        ("quoting", "all", "'all' is not a known quoting; known: minimal, none"),
        ("encoding", "utf-9", "'utf-9' is not a known encoding; known are utf-8"),
        ("encoding", "hex", "'hex' is not a known encoding"),
        ("encoding", "\0", "is not a known encoding"),
        ("block_size", 0, "at least 1. Received: 0"),
    ],
)
def test_refusals(argument, value, message):
    with pytest.raises(ArgumentError, match=message):
        Options(**{argument: value})
