"""`textseq classify explain`: the states and gradients of a network, token by token."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.classify.loading import load_with_own_parts
from textseq.cli.console import command_line, print_json, print_line, print_table, say, stdout
from textseq.cli.derive import from_settings
from textseq.cli.results import show_explanation

if TYPE_CHECKING:
    from textseq.classifier.predictor import Predictor


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
    words: Annotated[
        bool,
        typer.Option(
            "--words", help="Show instead what each word adds to the answer of the whole model."
        ),
    ] = False,
    label: Annotated[
        str | None,
        typer.Option(help="With --words: explain this label, not the most probable one."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all that is known as one JSON object.")
    ] = False,
    force: options.Force = False,
) -> None:
    """Show how a network reads a sentence, token by token.

    Prints for each token its id, the hidden state after it, the probabilities if the sentence ended
    there, and the norm of the gradient of the log-probability of the answer with respect to the
    state. Training follows this gradient: where it has vanished, nothing is learned.

    With --words, prints what each word adds to the log-odds of the answer, by way of the networks
    and of the linear model; all of it and what is said of no words add up to the log-odds.

    \b
    Examples:
      textseq classify explain model "ain't no mountain high enough"
      textseq classify explain model "ain't no mountain high enough" --html page.html
      textseq classify explain model "not a good film" --words
      textseq classify explain lstm "not a good film" --html page.html --compare simple_rnn
    """
    from textseq.classifier.explain import explain as follow
    from textseq.classifier.model_folder import files_of
    from textseq.classifier.predictor import Predictor

    _check_arguments(html, compare, label, words=words)
    options.check_report(html)
    models = [model, *(compare or ())]
    inputs = [file for folder in models for file in files_of(folder)]
    options.check_outputs(html, sources=inputs, force=force)
    options.refuse_files([text], "head -n 1 {} | textseq classify explain MODEL -")
    text = _from_stdin() if text == "-" else text
    parts = own.load()
    if words:
        predictor = Predictor.load(model, **parts)
        _show_words(predictor, text, label, html, model.name, as_json=as_json, force=force)
        return
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


def _check_arguments(
    html: Path | None, compare: list[Path] | None, label: str | None, *, words: bool
) -> None:
    """Refuse arguments that do not go together."""
    if compare and words:
        raise typer.BadParameter("it does nothing with --words", param_hint="'--compare'")
    if compare and html is None:
        raise typer.BadParameter("it draws on the page; add --html", param_hint="'--compare'")
    if label is not None and not words:
        raise typer.BadParameter("it is for --words; add that", param_hint="'--label'")


def _show_words(
    predictor: Predictor,
    text: str,
    label: str | None,
    html: Path | None,
    name: str,
    *,
    as_json: bool,
    force: bool,
) -> None:
    """Write the page about the words, if one is asked for; then print what each adds."""
    from textseq.classifier.word_attribution import explain_words
    from textseq.report.words import words_legend, words_table, write_words_page

    found = explain_words(predictor, text, label)
    if html is not None:
        from textseq.report.page import Page

        page = Page(html, f"The words of a sentence in {name}", command_line(), force)
        write_words_page(page, found, {"model": repr(predictor)})
        say(f"Page -> {html}")
    if as_json:
        print_json(found.to_dict())
        return
    if found.words:
        print_table(words_table(found))
    stdout().print(words_legend(found))
    print_line(found.label, f"{found.probability:.4f}")


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
