"""What each word of a text adds to an answer: a table for the terminal, and a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.report.page import Page, show_invisible

if TYPE_CHECKING:
    from rich.table import Table

    from textseq.classifier.word_attribution import WordAttribution

BAR = 12
"""Length of the longest bar."""

COLOURS = {True: "249 115 22", False: "59 130 246"}
"""Orange for the answer, blue against it, as red, green and blue."""


def words_table(found: WordAttribution) -> Table:
    """Return a row per word: what it adds by networks and linear model, and a bar of both.

    The bar is to the right of the middle where the word speaks for the answer, else to the left.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column("word", overflow="fold")
    for name in ("networks", "linear", "both"):
        table.add_column(name, justify="right")
    against = f"for {found.against}" if found.against is not None else "against it"
    left, right = _short(against), _short(f"for {found.label}")
    table.add_column(Text(f"{left:>{BAR}}|{right}"), no_wrap=True)
    largest = float(np.abs(found.total).max(initial=0)) or 1.0
    rows = zip(found.words, found.networks, found.linear, found.total, strict=True)
    for word, networks, linear, total in rows:
        length = round(BAR * abs(float(total)) / largest)
        bar = Text(f"{'━' * length if total < 0 else '':>{BAR}}", style="blue")
        bar.append("|", style="none")
        bar.append("━" * length if total > 0 else "", style="red")
        numbers = [f"{value:+.3f}" for value in (networks, linear, total)]
        table.add_row(Text(show_invisible(word)), *numbers, bar)
    return table


def words_legend(found: WordAttribution) -> str:
    """Return how to read the table, and that its parts are all of the answer."""
    total = float(found.total.sum())
    largest = float(np.nan_to_num(found.errors).max(initial=0))
    sampled = f" The networks' parts are means over {found.orders} orders of the words"
    sampled += f"; their standard error is {largest:.3f} at most." if largest else "."
    return (
        f"What each word adds to {found.quantity}, which is {found.score:+.3f}: without words "
        f"{found.baseline:+.3f}, and all words together {total:+.3f}."
        f"{sampled if found.orders > 1 else ''}"
    )


def write_words_page(page: Page, found: WordAttribution, settings: dict[str, Any]) -> None:
    """Write the page about what each word of a text adds."""
    largest = float(np.abs(found.total).max(initial=0)) or 1.0
    rows = [
        {
            "word": word,
            "known": known,
            "networks": networks,
            "linear": linear,
            "total": total,
            "colour": COLOURS[total > 0],
            "opacity": f"{0.75 * abs(total) / largest:.2f}",
        }
        for word, known, networks, linear, total in zip(
            found.words,
            *(each.tolist() for each in (found.known, found.networks, found.linear, found.total)),
            strict=True,
        )
    ]
    page.write("words", settings=settings, found=found, rows=rows, legend=words_legend(found))


def _short(text: str) -> str:
    return text if len(text) <= BAR else f"{text[: BAR - 1]}…"
