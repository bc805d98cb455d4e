"""`textseq tag explain`: the states of a sentence, and the gradient of one word's tag."""

from __future__ import annotations

from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import command_line, print_json, print_table, say, stdout
from textseq.cli.derive import from_settings
from textseq.cli.tag.predict import ANALYZER
from textseq.cli.tag.reading import Model, files_of


@from_settings
def explain(
    model: Model,
    text: Annotated[str, typer.Argument(metavar="SENTENCE", help="The sentence.")],
    token: Annotated[
        int | None,
        typer.Option(help="Explain the tag of this token, counted from 1; by default, the last."),
    ] = None,
    analyzer: Annotated[str, typer.Option(help="How to split the sentence.")] = ANALYZER,
    html: options.HtmlPage = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all states and gradient norms as one JSON object.")
    ] = False,
    force: options.Force = False,
) -> None:
    """Show how the first network tags one word of a sentence.

    Prints for each token the state after it, its most probable tag, and the norm of the gradient of
    the log-probability of the explained tag with respect to the state: how far the network looks.

    \b
    Examples:
      textseq tag explain model "The old baker opened his shop." --token 4
      textseq tag explain model "The old baker opened his shop." --html page.html
    """
    from textseq.report.explanation import write_explanation_page
    from textseq.report.page import Page
    from textseq.report.tables import explanation_legend, explanation_table
    from textseq.tagger.explain import explain as follow
    from textseq.tagger.predictor import TagPredictor
    from textseq.tokenizer.analyzers import ANALYZERS, keep_case

    options.check_report(html)
    options.check_outputs(html, sources=files_of(model), force=force)
    tagger = TagPredictor.load(model)
    tokens = keep_case(text, ANALYZERS.resolve(analyzer)(text))
    last = len(tokens)
    if not 1 <= (token if token is not None else last) <= last:
        raise typer.BadParameter(
            f"expected the number of one of the sentence's {last} tokens. Received: {token}",
            param_hint="'--token'",
        )
    explanation = follow(tagger, tokens, (token or last) - 1)
    if html is not None:  # before printing, which ends where a pipe is closed, as `| head` does
        page = Page(html, f"A sentence in {model.name}", command_line(), force)
        write_explanation_page(page, explanation, name=model.name)
        say(f"Page -> {html}")
    if as_json:
        print_json(explanation.to_dict())
        return
    console = stdout()
    print_table(explanation_table(explanation, console.width))
    console.print(explanation_legend(explanation))
    console.print(
        f"{tokens[explanation.position]}\t{explanation.answer}\t{explanation.confidence:.4f}"
    )
