"""`textseq translate explain`: which words of a text an answer was read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.console import command_line, print_json, print_line, print_table, say
from textseq.cli.derive import from_settings
from textseq.cli.translate.pair_options import Analyzer, Beam, Model

if TYPE_CHECKING:
    from rich.table import Table

    from textseq.network.arrays import FloatArray
    from textseq.seq2seq.translator import Translation

SHOWN = 3
"""Source tokens that are shown for each token of an answer."""


@from_settings
def explain(
    model: Model,
    text: Annotated[str, typer.Argument(help="The text.")],
    html: options.HtmlPage = None,
    beam: Beam = None,
    analyzer: Analyzer = None,
    as_json: options.AsJson = False,
    force: options.Force = False,
) -> None:
    """Show for each token of an answer which tokens of the text the decoder read: the attention.

    \b
    Examples:
      textseq translate explain model "ein hund rennt ."
      textseq translate explain model "ein hund rennt ." --html page.html
    """
    from textseq.report.attention import write_attention_page
    from textseq.report.page import Page
    from textseq.seq2seq.translator import FORMAT, Translator

    options.check_report(html)
    options.check_outputs(html, sources=FORMAT.files(model), force=force)
    options.refuse_files([text], "translate predict MODEL --input {}")
    found = Translator.load(model, analyzer=analyzer).explain(text, beam=beam)
    if html is not None:
        page = Page(html, f"An answer of {model.name}", command_line(), force)
        write_attention_page(page, text, found)
        say(f"Page -> {html}")
    if as_json:
        print_json(found.to_dict())
        return
    if found.attention is None:
        say("The model has no attention: the whole text is in the state that the decoder begins in")
    else:
        print_table(_table(found, found.attention))
    print_line(found.text, f"{found.score:.4f}")


def _table(found: Translation, attention: FloatArray) -> Table:
    from rich.table import Table

    table = Table("answer", "read from", title="Attention")
    names = [*found.source, "(end)"]
    for token, row in zip([*found.tokens, "(end)"], attention, strict=True):
        best = (-row).argsort(kind="stable")[:SHOWN].tolist()
        table.add_row(token, "  ".join(f"{names[i]} {row[i]:.2f}" for i in best))
    return table
