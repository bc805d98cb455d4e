"""`textseq classify explain`: the states and gradients of a network, token by token."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.classify.loading import load_with_own_parts
from textseq.cli.derive import from_settings
from textseq.cli.results import show_explanation


@from_settings
def explain(
    model: options.Model,
    text: Annotated[str, typer.Argument(help="The sentence; - for the one on stdin.")],
    own: options.OwnParts,
    html: options.HtmlPage = None,
    compare: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="MODEL",
            help="Also draw the gradients of this model on the page. Can be given several times.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all states and gradient norms as one JSON object.")
    ] = False,
    force: options.Force = False,
) -> None:
    """Show how a network reads a sentence, token by token.

    Prints for each token its id, the hidden state after it, the probabilities if the sentence ended
    there, and the norm of the gradient of the log-probability of the answer with respect to the
    state. Training follows this gradient: where it has vanished, nothing is learned.

    \b
    Examples:
      textseq classify explain model "ain't no mountain high enough"
      textseq classify explain model "ain't no mountain high enough" --html page.html
      textseq classify explain lstm "not a good film" --html page.html --compare simple_rnn
    """
    from textseq.classifier.explain import explain as follow
    from textseq.classifier.model_folder import files_of
    from textseq.classifier.predictor import Predictor

    if compare and html is None:
        raise typer.BadParameter("it draws on the page; add --html", param_hint="'--compare'")
    options.check_report(html)
    models = [model, *(compare or ())]
    inputs = [file for folder in models for file in files_of(folder)]
    options.check_outputs(html, sources=inputs, force=force)
    options.refuse_files([text], "head -n 1 {} | textseq classify explain MODEL -")
    text = _from_stdin() if text == "-" else text
    parts = own.load()
    predictors = [
        Predictor.load(model, **parts),
        *(load_with_own_parts(m, parts) for m in models[1:]),
    ]
    explanation, *compared = (follow(predictor, text) for predictor in predictors)
    names = [one.name for one in models]
    keys = [str(one) if names.count(one.name) > 1 else one.name for one in models]
    beside = dict(zip(keys[1:], compared, strict=True))
    title = f"A sentence in {model.name}"
    show_explanation(explanation, html, title, keys[0], beside, as_json=as_json, force=force)


def _from_stdin() -> str:
    """Return the sentence on standard input."""
    from textseq.errors import ArgumentError

    sentences = list(options.TextOptions().open(["-"]))
    if len(sentences) != 1:
        raise ArgumentError(
            f"Expected one sentence on standard input, which is one line. Received "
            f"{len(sentences):,}; choose one, as head -n 1 does."
        )
    return sentences[0]
