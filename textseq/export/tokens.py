"""Characters as tokens, in a graph: the rule of `char_rule`, which the compiled kernels follow.

Each character is part of a token, a token by itself, or between tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from textseq.export.characters import Characters
from textseq.export.code_tables import CodeTable
from textseq.export.flat import after, before, places
from textseq.export.graph import Graph, Value
from textseq.export.lower_case import lower_irregular
from textseq.export.scanning import Scanner
from textseq.tokenizer.char_rule import EVERY, CharRule
from textseq.tokenizer.engine.case_folding import char_map
from textseq.tokenizer.engine.primitives import ALONE as FLAG

PART, ALONE, SEPARATOR = 0, 1, 2
"""What a character is."""

SPACE = 0x20


@dataclass(frozen=True)
class Tokens:
    """Tokens of all texts, one text behind another, and their characters.

    Args:
        characters: Those of the tokens only.
        starts: Where each token begins in them: int64, (tokens,).
        sizes: How many characters each has: int64, (tokens,).
        texts: The number of each one's text: int64, (tokens,).
        owners: The token of each character: int64, (characters,).
    """

    characters: Characters
    starts: Value
    sizes: Value
    texts: Value
    owners: Value


def split_tokens(
    graph: Graph, characters: Characters, rule: CharRule, separator: str = ""
) -> Tokens:
    """Return the tokens that a rule makes of characters.

    Args:
        graph: The graph.
        characters: The characters.
        rule: What each character is.
        separator: Several characters that separate tokens too, wherever they stand together; no
            beginning of them is an end of them.
    """
    if rule.lower:
        characters = lower_irregular(graph, characters)
    characters, kinds = _apply_rule(graph, characters, rule)
    separates = kinds.equals(SEPARATOR)
    if separator:
        scanner = Scanner(graph, characters)
        ends = places(scanner.ends_with(separator)) + 1
        separates = separates | scanner.within(ends - len(separator), ends)
    if rule.spaces:
        characters, separates = _keep_spaces(graph, characters, separates)
    between = before(separates.cast(np.int64), 1).equals(1)
    first = characters.texts.differs(before(characters.texts, -1))
    begins = between | first
    if rule.alone == EVERY:
        begins = ~separates
    elif rule.alone is not None:
        alone = kinds.equals(ALONE).cast(np.int64)
        begins = begins | (alone + before(alone, 1)).differs(0)
    kept = ~separates
    return _tokens(graph, characters.keep(kept), begins.keep(kept))


def _tokens(graph: Graph, characters: Characters, begins: Value) -> Tokens:
    starts = places(begins)
    owners = begins.cast(np.int64).running_sum() - 1
    ends = graph.concatenate(
        starts.slice(1, np.iinfo(np.int64).max), characters.points.size().reshape(1)
    )
    # Without a token there is one end, and no start.
    sizes = ends.take(graph.range(starts.size())) - starts
    return Tokens(characters, starts, sizes, characters.texts.take(starts), owners)


def _apply_rule(graph: Graph, characters: Characters, rule: CharRule) -> tuple[Characters, Value]:
    """Return characters in lower case, if the rule says so, and what each is."""
    changes, kinds = _table_of(rule).look_up(graph, characters.points)
    points = characters.points + changes.cast(np.int64)
    return Characters(points, characters.texts), kinds


@lru_cache(maxsize=8)
def _table_of(rule: CharRule) -> CodeTable:
    """Return of each code point what is added for its lower case, and what it is."""
    points = char_map(rule).points
    kinds = np.where(points < 0, SEPARATOR, np.where(points >= FLAG, ALONE, PART))
    own = np.arange(len(points), dtype=np.int32)
    changes = np.where(points < 0, 0, points % FLAG - own).astype(np.int32)
    return CodeTable.of(changes, kinds.astype(np.uint8))


def _keep_spaces(
    graph: Graph, characters: Characters, separates: Value
) -> tuple[Characters, Value]:
    """Return characters with a space for each run of separators between two others of a text.

    The second result is where there is a separator still: nowhere.
    """
    texts = characters.texts
    inside = before(separates.cast(np.int64), 1).equals(0) & texts.equals(before(texts, -1))
    points = graph.where(separates, characters.points * 0 + SPACE, characters.points)
    kept = ~separates | inside
    spaced, spaces = Characters(points, texts).keep(kept), separates.keep(kept)
    last = spaces & spaced.texts.differs(after(spaced.texts, -1))
    return spaced.keep(~last), spaces.keep(~last) & ~spaces.keep(~last)
