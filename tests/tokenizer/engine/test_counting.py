"""Counting on several threads, whichever of them comes first."""

from __future__ import annotations

from itertools import permutations

import pyarrow as pa

from textseq.tokenizer.char_rule import CharRule
from textseq.tokenizer.engine.case_folding import char_map
from textseq.tokenizer.engine.counting import _Counter, _Places
from textseq.tokenizer.engine.vocabulary import Vocabulary

BATCHES = [pa.array(["b c"]), [["a", "c"]], pa.array(["a d b"]), [["d", "e"]]]


def test_words_are_in_the_order_of_the_text_in_whatever_order_batches_are_counted():
    words = char_map(CharRule(frozenset(" ")))
    found = set()
    for order in permutations(range(len(BATCHES))):
        places = _Places()
        pieces = list(places.of(BATCHES))
        counter = _Counter(words)
        for i in order:
            counter.count(pieces[i])
        vocabulary = Vocabulary(counter.total(), places.place, places.documents)
        found.add((tuple(vocabulary.words), tuple(vocabulary.counts.tolist())))
    assert found == {(("b", "c", "a", "d", "e"), (2, 2, 2, 2, 1))}
