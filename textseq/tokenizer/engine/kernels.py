"""Count the words of documents, and look them up: compiled loops over the bytes of Arrow strings.

Documents are taken a piece of some kilobytes at a time, and go through three steps:

    case_folding   write them to a buffer in lower case, each separator as bytes 255
    splitting      find where words begin and end, 64 bytes in one step, and hash them
    word_table     find the words in a table, fetching from memory what the next few will need

No step waits for the outcome of the one before it, word by word, which is what makes them quick.
The loops expect valid UTF-8, touch no Python object, and release the interpreter's lock.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from textseq.compute.compiled import compiled
from textseq.tokenizer.engine.case_folding import fold_documents, new_piece
from textseq.tokenizer.engine.primitives import (
    AHEAD,
    ONE,
    U64,
    ByteArray,
    CharMap,
    Int64,
    IntArray,
    Uint64,
    WordSpans,
    new_word_spans,
    word_at,
)
from textseq.tokenizer.engine.splitting import find_words, hash_words
from textseq.tokenizer.engine.word_table import (
    COUNT,
    DOCUMENTS,
    LAST,
    SEEN,
    WordTable,
    find_row,
    insert_word,
    prefetch_row,
    prefetch_slot,
    prune,
    with_room,
)

_WORDS = 1 << 9  # words that are worked on at a time


@compiled
def count_documents(
    table: WordTable,
    data: ByteArray,
    offsets: IntArray,
    char_map: CharMap,
    seed: Uint64,
    place: Int64,
    document: Int64,
    max_words: Int64,
    rare: Int64,
) -> tuple[WordTable, int, int]:
    """Count the words of documents into a table.

    Args:
        table: Not to be used again; the one returned takes its place.
        data: The bytes of all documents.
        offsets: Document i is `data[offsets[i]:offsets[i + 1]]`.
        char_map: What becomes of each character.
        seed: That of the hashes in the table.
        place: Where in the whole text the documents begin, for `SEEN`. A byte takes two places,
            because lower case can be longer.
        document: The position of the first document in the whole text, from 1.
        max_words: How many words the table may hold after a document; 0 for any number.
        rare: The largest count of the words dropped so far.

    Returns:
        The table, `rare` as it is then, and how many words were dropped.
    """
    piece, found = new_piece(offsets, char_map), new_word_spans(_WORDS)
    text, _, stops = piece
    dropped = 0
    # Words are dropped after a document, so there each is a piece of its own.
    at_most = 1 if max_words else len(stops)
    first = np.int64(0)
    while first < len(offsets) - 1:
        last = fold_documents(data, offsets, first, at_most, char_map, piece)
        at, begun, current = np.int64(0), np.int64(-1), first
        # Where the piece begins in the whole text: the folded text before it is at most so long.
        origin = place + 2 * (offsets[first] - offsets[0]) + first
        while at < stops[last - 1]:
            held, at, begun = find_words(piece, at, begun, stops[last - 1], char_map, found)
            hash_words(text, found, held, seed)
            letters_more = found.ends[held - 1] - found.starts[0] if held else 0
            table = with_room(table, held, letters_more)
            current = _tally(table, text, found, held, stops, current, document, origin)
        if max_words:
            table, rare, fewer = prune(table, max_words, rare)
            dropped += fewer
        first = last
    return table, rare, dropped


@compiled
def encode_documents(
    table: WordTable,
    row_ids: npt.NDArray[np.int32],
    unknown: Int64,
    data: ByteArray,
    offsets: IntArray,
    char_map: CharMap,
    seed: Uint64,
) -> tuple[npt.NDArray[np.int32], IntArray]:
    """Look up the words of documents, given as for `count_documents`.

    `row_ids` has the id of the word in each row of the table, `unknown` is that of all others; an
    id below 0 leaves a word out. Return the ids of all documents end to end, and their offsets.
    """
    slots, words, _, letters, _ = table
    piece, found = new_piece(offsets, char_map), new_word_spans(_WORDS)
    text, _, stops = piece
    ids = np.empty(_most_tokens(data, offsets, char_map), np.int32)
    bounds = np.zeros(len(offsets), np.int64)
    written = 0
    first = np.int64(0)
    while first < len(offsets) - 1:
        last = fold_documents(data, offsets, first, len(stops), char_map, piece)
        at, begun, current = np.int64(0), np.int64(-1), first
        while at < stops[last - 1]:
            held, at, begun = find_words(piece, at, begun, stops[last - 1], char_map, found)
            hash_words(text, found, held, seed)
            for k in range(held):
                while found.starts[k] >= stops[current]:
                    current += 1
                    bounds[current] = written
                prefetch_slot(slots, found.hashes[k + AHEAD])
                row, _ = find_row(slots, words, letters, text, word_at(found, k))
                word_id: Int64 = row_ids[row] if row >= 0 else unknown
                ids[written] = word_id
                written += word_id >= 0
        bounds[current + 1 : last + 1] = written
        first = last
    return ids[:written], bounds


@compiled
def _most_tokens(data: ByteArray, offsets: IntArray, char_map: CharMap) -> Int64:
    """Return how many tokens documents have at most."""
    if not (char_map.some_alone or char_map.every_alone):
        return (offsets[-1] - offsets[0] + len(offsets)) // 2 + 1
    characters = 1
    for byte in data[offsets[0] : offsets[-1]]:
        characters += byte < 0x80 or byte >= 0xC0
    return characters


@compiled
def _tally(
    table: WordTable,
    text: ByteArray,
    found: WordSpans,
    held: Int64,
    stops: IntArray,
    current: Int64,
    document: Int64,
    place: Int64,
) -> Int64:
    """Count the `held` words found in a piece, for which the table has room.

    `current` is the document of the last word before these; that of the last word is returned. In
    the whole text, the piece begins at `place`, and document 0 has the position `document`.
    """
    slots, words, tallies, letters, filled = table
    for k in range(held):
        while found.starts[k] >= stops[current]:
            current += 1
        prefetch_slot(slots, found.hashes[k + AHEAD])
        prefetch_row(slots, words, found.hashes[k + AHEAD // 2])
        prefetch_row(slots, tallies, found.hashes[k + AHEAD // 2])
        word = word_at(found, k)
        row, slot = find_row(slots, words, letters, text, word)
        if row < 0:
            row = insert_word(slots, words, tallies, letters, filled, text, word, slot)
            tallies[row, SEEN] = U64(place + word.start)
        tallies[row, COUNT] += ONE
        holder = U64(document + current)
        if tallies[row, LAST] != holder:
            tallies[row, LAST] = holder
            tallies[row, DOCUMENTS] += ONE
    return current
