"""The part of a graph that reads texts, from strings to ids; what it cannot do is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from textseq.errors import ArgumentError
from textseq.export.characters import read_characters
from textseq.export.cleaning import STEPS
from textseq.export.graph import Graph
from textseq.export.layout import Texts
from textseq.export.token_ids import TokenIds, look_up_ids
from textseq.export.tokens import Tokens, split_tokens
from textseq.tokenizer.char_rule import CharRule

if TYPE_CHECKING:
    from textseq.classifier.predictor import Predictor
    from textseq.tokenizer.tokenizer import Tokenizer

HINT = (
    "export it with --format onnx --input ids (input='ids'), and give it the ids of "
    "`textseq tokenize`"
)

_LEARNED = "learned what it splits from texts, which no operator of ONNX does"
REASONS = {
    "bpe": _LEARNED,
    "unigram": _LEARNED,
    "kiwi": "is a program of its own with a dictionary of Korean",
}
"""Why an analyzer cannot be part of an ONNX file, by its name."""


@dataclass(frozen=True)
class TextInput:
    """What the model reads.

    Args:
        texts: The ids of texts, the last of which was added so that nothing is ever empty.
        tokens: Of texts as strings, their tokens.
        found: Likewise the ids of those tokens, and which are unknown.
    """

    texts: Texts
    tokens: Tokens | None = None
    found: TokenIds | None = None


def read_texts(graph: Graph, predictor: Predictor) -> TextInput:
    """Return the tokens and ids of the input `text`.

    Raises:
        ArgumentError: The tokenizer does what ONNX cannot.
    """
    tokenizer = predictor.tokenizer
    for step in tokenizer.clean:
        if step not in STEPS:
            raise ArgumentError(
                f"The step {step!r} that cleans texts cannot be part of an ONNX file; {HINT}."
            )
    rule, separator = rule_of(tokenizer)
    strings = graph.input("text", object)
    anchor = graph.constant(np.array([_known_text(tokenizer)], object))
    total = strings.size() + 1
    characters = read_characters(graph, graph.concatenate(strings, anchor))
    for step in tokenizer.clean:
        characters = STEPS[step](graph, characters)
    tokens = split_tokens(graph, characters, rule, separator)
    limit = tokenizer.num_words or math.inf
    word_ids = {word: i for word, i in tokenizer.word_index.items() if i < limit}
    oov = None if tokenizer.oov_token is None else tokenizer.word_index[tokenizer.oov_token]
    found = look_up_ids(graph, tokens, word_ids, oov)
    return TextInput(Texts(found.ids, found.texts, total), tokens, found)


def rule_of(tokenizer: Tokenizer) -> tuple[CharRule, str]:
    """Return the rule by which a tokenizer splits texts, and a separator of several characters.

    Raises:
        ArgumentError: There is none.
    """
    rule = tokenizer.splitter.rule()
    if rule is not None:
        return rule, ""
    if tokenizer.analyzer is None:
        return _rule_of_separator(tokenizer)
    from textseq.tokenizer.analyzers import name_of_analyzer

    name = name_of_analyzer(tokenizer.analyzer)
    reason = REASONS.get(name, "is code of your own")
    raise ArgumentError(
        f"The analyzer {name!r} {reason}, so it cannot be part of an ONNX file; {HINT}."
    )


def _rule_of_separator(tokenizer: Tokenizer) -> tuple[CharRule, str]:
    """Return the rule of words between a separator of several characters, and the separator."""
    split, filters = tokenizer.split, frozenset(tokenizer.filters or ())
    if any(split[:size] == split[-size:] for size in range(1, len(split))):
        raise ArgumentError(
            f"The separator {split!r} ends as it begins, so that where it is depends on where it "
            f"was before, which no operator of ONNX finds out; {HINT}."
        )
    # A filtered character becomes the separator first, which then is nowhere else.
    alone = "" if filters & set(split) else split
    return CharRule(filters, lower=bool(tokenizer.lower)), alone


def _known_text(tokenizer: Tokenizer) -> str:
    """Return a text with a word that the tokenizer knows, if one is found."""
    for word in list(tokenizer.word_index)[:100]:
        if len(tokenizer.encode([word]).ids):
            return word
    return "a"
