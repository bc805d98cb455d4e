"""`textseq classify predict`: labels for sentences."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.console import escape_controls, say, to_json
from textseq.cli.derive import from_settings


@from_settings
def predict(
    model: options.Model,
    own: options.OwnParts,
    reading: options.TextOptions,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SENTENCE",
            help="Sentences; - for those on stdin. Without them, --input or stdin is read.",
        ),
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            "-i",
            help="Texts in any format that `train` reads, or their ids; - for stdin.",
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(min=1, help="Print the TOP most probable classes, the most probable first."),
    ] = None,
    proba: Annotated[
        bool, typer.Option("--proba", help="Print the probability of every class.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Predict the labels of sentences.

    Prints a line per sentence: the label, a tab, and its probability.

    \b
    Examples:
      textseq classify predict model "ain't no mountain high enough"
      textseq classify predict model --input reviews.txt --top 3
      cat reviews.txt | textseq classify predict model --json
    """
    if texts == ["-"] and not sources:
        texts, sources = None, ["-"]
    if texts and sources:
        raise typer.BadParameter("give sentences or --input, not both", param_hint="'--input'")
    if top and proba:
        raise typer.BadParameter("give --top or --proba, not both", param_hint="'--top'")
    if texts:
        reading.refuse_reading("sentences are given, and no file is read")
        options.refuse_files(texts, "--input {}")
    from textseq.classifier.predictor import Predictor

    classifier = Predictor.load(model, **own.load())
    classes = [str(label) for label in classifier.classes.tolist()]
    if not (texts or sources) and sys.stdin.isatty():
        say("Type one sentence per line; end with Ctrl-D (on Windows, Ctrl-Z and Enter)")
    names = classes if as_json else [*map(escape_controls, classes)]
    lines = _as_json if as_json else _as_text
    for documents in [texts] if texts else _documents(sources or ["-"], reading):
        sys.stdout.writelines(lines(names, classifier.predict_proba(documents), top, proba))
        sys.stdout.flush()  # somebody may be waiting at the other end of a pipe


def _documents(sources: list[str], reading: options.TextOptions) -> Iterator[Any]:
    """Yield texts as Arrow strings, or ids where the sources hold those, a batch at a time."""
    if options.hold_ids(sources):
        reading.refuse_reading(f"'{sources[0]}' holds ids, not texts")
        from textseq.sequences.files import read_sequence_batches

        for source in sources:
            yield from (sequences for sequences, _ in read_sequence_batches(source))
    else:
        yield from reading.open(sources, spool=False).text_arrays()


def _as_text(classes: list[str], rows: Any, top: int | None, proba: bool) -> Iterator[str]:
    """Yield the label of each row, and its probability or those of --top or --proba, as a line."""
    best = rows.argmax(axis=1)
    if not (top or proba):
        largest = rows.max(axis=1, initial=0).tolist()
        for i, probability in zip(best.tolist(), largest, strict=True):
            yield f"{classes[i]}\t{probability:.4f}\n"
        return
    for i, row in zip(best.tolist(), rows, strict=True):
        shown = _most_probable(row, top) if top else range(len(classes))
        yield "\t".join([classes[i], *(f"{classes[k]}={row[k]:.4f}" for k in shown)]) + "\n"


def _as_json(classes: list[str], rows: Any, top: int | None, proba: bool) -> Iterator[str]:
    """Yield `label`, `probability`, and `top` or `probabilities`, as JSON objects in lines."""
    for i, row in zip(rows.argmax(axis=1).tolist(), rows, strict=True):
        line: dict[str, Any] = {"label": classes[i], "probability": _rounded(row[i])}
        if proba:
            named = zip(classes, row, strict=True)
            line["probabilities"] = {name: _rounded(p) for name, p in named}
        if top:
            most = _most_probable(row, top)
            line["top"] = [{"label": classes[k], "probability": _rounded(row[k])} for k in most]
        yield to_json(line) + "\n"


def _most_probable(row: Any, top: int) -> Any:
    """Return the indices of the largest probabilities, in descending order."""
    return (-row).argsort(kind="stable")[:top]


def _rounded(probability: Any) -> float:
    return round(float(probability), 4)
