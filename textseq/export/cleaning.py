"""Steps that clean texts, in a graph: those of `tokenizer.cleaning` that operators can do."""

from __future__ import annotations

from collections.abc import Callable

from textseq.export.addresses import find_addresses, replace_addresses
from textseq.export.characters import Characters
from textseq.export.graph import Graph, Value
from textseq.export.html_references import restore_ampersands, unescape
from textseq.export.html_tags import find_markup
from textseq.export.scanning import is_any
from textseq.export.unicode_forms import compose, drop_stacked, needs_composing, write_plainly

NO_BREAK = 0xA0

_TOUCHED = (ord("<"), ord("&"), ord(";"), NO_BREAK)


def clean_html(graph: Graph, characters: Characters) -> Characters:
    """Return the characters of the text of HTML; see `tokenizer.cleaning.clean_html`."""

    def clean() -> tuple[Value, Value]:
        found = restore_ampersands(graph, characters)
        plain = ~find_markup(graph, found).in_texts()
        found = unescape(graph, found, plain)
        found = unescape(graph, find_markup(graph, found).replace(graph))
        is_space = found.points.equals(NO_BREAK)
        return graph.where(is_space, found.points * 0 + ord(" "), found.points), found.texts

    touched = is_any(characters.points, _TOUCHED).any()
    return Characters(*graph.when(touched, clean, characters.points, characters.texts))


def clean_urls(graph: Graph, characters: Characters) -> Characters:
    """Return characters with a word for each address; see `tokenizer.cleaning.clean_urls`."""

    def clean() -> tuple[Value, Value]:
        found = replace_addresses(graph, characters, find_addresses(graph, characters))
        return found.points, found.texts

    touched = is_any(characters.points, ":@./").any()
    return Characters(*graph.when(touched, clean, characters.points, characters.texts))


def clean_unicode(graph: Graph, characters: Characters) -> Characters:
    """Return characters written in one way; see `tokenizer.cleaning.clean_unicode`."""
    points, texts = characters.points, characters.texts

    def clean() -> tuple[Value, Value]:
        found = drop_stacked(graph, write_plainly(graph, Characters(points, texts)))

        def composed() -> tuple[Value, Value]:
            made = compose(graph, found)
            return made.points, made.texts

        points_and_texts = graph.when(
            needs_composing(graph, found), composed, found.points, found.texts
        )
        return points_and_texts[0], points_and_texts[1]

    plain = ((points >= ord(" ")) & (points <= ord("~"))) | is_any(points, "\t\n")
    return Characters(*graph.when((~plain).any(), clean, points, texts))


STEPS: dict[str, Callable[[Graph, Characters], Characters]] = {
    "html": clean_html,
    "unicode": clean_unicode,
    "urls": clean_urls,
}
"""The steps by name."""
