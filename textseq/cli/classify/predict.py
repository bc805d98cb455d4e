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
    line = _as_json if as_json else _as_text
    for documents in [texts] if texts else _documents(sources or ["-"], reading):
        rows = classifier.predict_proba(documents)
        sys.stdout.writelines(line(names, row, top, proba) + "\n" for row in rows)
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


def _as_text(classes: list[str], row: Any, top: int | None, proba: bool) -> str:
    """Return the label, and its probability or those of --top or --proba, as a line."""
    best = int(row.argmax())
    if not (top or proba):
        return f"{classes[best]}\t{row[best]:.4f}"
    shown = _most_probable(row, top) if top else range(len(classes))
    return "\t".join([classes[best], *(f"{classes[i]}={row[i]:.4f}" for i in shown)])


def _as_json(classes: list[str], row: Any, top: int | None, proba: bool) -> str:
    """Return `label`, `probability`, and `top` or `probabilities`, as a JSON object."""
    best = int(row.argmax())
    line: dict[str, Any] = {"label": classes[best], "probability": _rounded(row[best])}
    if proba:
        line["probabilities"] = {name: _rounded(p) for name, p in zip(classes, row, strict=True)}
    if top:
        most = _most_probable(row, top)
        line["top"] = [{"label": classes[i], "probability": _rounded(row[i])} for i in most]
    return to_json(line)


def _most_probable(row: Any, top: int) -> Any:
    """Return the indices of the largest probabilities, in descending order."""
    return (-row).argsort(kind="stable")[:top]


def _rounded(probability: Any) -> float:
    return round(float(probability), 4)
