"""`textseq tag explain`: the states of a sentence, and the gradient of one word's tag."""

from __future__ import annotations

from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.derive import from_settings
from textseq.cli.results import show_explanation
from textseq.cli.tag.predict import ANALYZER
from textseq.cli.tag.reading import Model


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
    as_json: options.AsJson = False,
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
    from textseq.tagger.explain import explain as follow
    from textseq.tagger.predictor import FORMAT, TagPredictor
    from textseq.tokenizer.analyzers import ANALYZERS, keep_case

    options.check_report(html)
    options.check_outputs(html, sources=FORMAT.files(model), force=force)
    options.refuse_files([text], "tag predict MODEL --input {}")
    tagger = TagPredictor.load(model)
    tokens = keep_case(text, ANALYZERS.resolve(analyzer)(text))
    if not (last := len(tokens)):
        raise typer.BadParameter(
            f"expected a sentence with a token or more. Received: {text!r}",
            param_hint="'SENTENCE'",
        )
    if not 1 <= (token if token is not None else last) <= last:
        raise typer.BadParameter(
            f"expected the number of one of the sentence's {last} tokens. Received: {token}",
            param_hint="'--token'",
        )
    found = follow(tagger, tokens, (token or last) - 1)
    line = f"{tokens[found.position]}\t{found.answer}\t{found.confidence:.4f}"
    title = f"A sentence in {model.name}"
    show_explanation(found, html, title, model.name, line=line, as_json=as_json, force=force)
