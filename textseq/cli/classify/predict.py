"""`textseq classify predict`: labels for sentences."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.console import escape_controls, say, show_progress, to_json, with_size
from textseq.cli.derive import from_settings
from textseq.cli.engine import EngineOptions

if TYPE_CHECKING:
    import pyarrow as pa

    from textseq.classifier.predictions import PredictionColumns, Predictions
    from textseq.classifier.predictor import Predictor
    from textseq.corpus.corpus import Corpus

    Batch = tuple[Any, pa.StructArray | None]

NO_LABEL = "(no label)"
"""What is printed of a text none of whose labels is above its threshold."""

Sentences = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SENTENCE",
        help="Sentences; - for those on stdin. Without them, --input or stdin is read.",
    ),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        help="Texts in any format that `train` reads, or their ids; - for stdin.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="Write the predictions to this file: .csv, .tsv, .parquet, or .jsonl for the lines "
        "that --json prints; on Spark, to this folder. Without it, they are printed.",
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN,...",
        help="Put these columns of the input before the predictions: their names or numbers, with "
        "commas between; text is the text and row its number, from 1. COLUMN=NAME renames one.",
    ),
]


@from_settings
def predict(
    model: options.Model,
    own: options.OwnParts,
    reading: options.TextOptions,
    *,
    texts: Sentences = None,
    sources: Inputs = None,
    top: Annotated[
        int | None,
        typer.Option(min=1, help="Print the TOP most probable classes, the most probable first."),
    ] = None,
    proba: Annotated[
        bool, typer.Option("--proba", help="Print the probability of every class.")
    ] = False,
    threshold: options.Threshold = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    keep: Keep = None,
    output: Output = None,
    engine: EngineOptions,
    force: options.Force = False,
) -> None:
    """Predict the labels of sentences.

    Prints a line per sentence: the label, a tab, and its probability. Of a model of several labels:
    each label above its threshold with its probability, as in joy=0.9312, with tabs between.

    \b
    Examples:
      textseq classify predict model "ain't no mountain high enough"
      textseq classify predict model --input reviews.txt --top 3
      textseq classify predict model --input reviews.tsv --keep id,text --output answers.csv
      cat reviews.txt | textseq classify predict model --json
      textseq classify predict model -i big/*.parquet -o labels --engine spark --master yarn
    """
    texts, sources = _inputs(texts, sources)
    _check_arguments(texts, sources, reading, top=top, proba=proba)
    read = [] if texts else sources or ["-"]
    kept = options.split_names(keep)
    _check_output(engine, output, model, read, kept, as_json=as_json, force=force)
    from textseq.classifier.predictions import PredictionColumns, thresholds_of
    from textseq.classifier.predictor import Predictor

    classifier = Predictor.load(model, **own.load())
    columns = PredictionColumns(top, proba, thresholds_of(classifier, threshold))
    if engine.is_spark and output is not None:
        corpus = reading.open_texts(read)
        _write_on_spark(engine, classifier, read, corpus, columns, output, force=force)
        return
    if not (texts or sources) and sys.stdin.isatty():
        say("Type one sentence per line; end with Ctrl-D (on Windows, Ctrl-Z and Enter)")
    fields, batches = (
        _given(texts, kept) if texts else _documents(read, reading, kept, at_once=output is None)
    )
    columns = replace(columns, kept=fields)
    predictions = _predict(classifier, batches, columns)
    if output is not None:
        labels = [str(label) for label in classifier.classes.tolist()]
        _write(output, show_progress(predictions, "Predicting"), columns, labels, force=force)
        return
    for some in predictions:
        sys.stdout.writelines(_as_json(some) if as_json else _as_text(some))
        sys.stdout.flush()  # somebody may be waiting at the other end of a pipe


def _inputs(
    texts: list[str] | None, sources: list[str] | None
) -> tuple[list[str] | None, list[str] | None]:
    """Return the sentences and the sources: - is stdin, and files behind --input are sources too.

    A shell makes several words of `--input *.txt`, of which the option takes the first.
    """
    if texts == ["-"] and not sources:
        return None, ["-"]
    if texts and sources and all(map(os.path.exists, texts)):
        return None, [*sources, *texts]
    return texts, sources


def _check_arguments(
    texts: list[str] | None,
    sources: list[str] | None,
    reading: options.TextOptions,
    *,
    top: int | None,
    proba: bool,
) -> None:
    """Refuse arguments that do not go together."""
    if texts and sources:
        raise typer.BadParameter("give sentences or --input, not both", param_hint="'--input'")
    if top and proba:
        raise typer.BadParameter("give --top or --proba, not both", param_hint="'--top'")
    if texts:
        reading.refuse_reading("sentences are given, and no file is read")
        options.refuse_files(texts, "--input {}")


def _predict(
    classifier: Predictor, batches: Iterable[Batch], columns: PredictionColumns
) -> Iterator[Predictions]:
    """Yield what the classifier says of each batch of texts or ids."""
    from textseq.classifier.predictions import Predictions

    classes = [str(label) for label in classifier.classes.tolist()]
    for documents, kept in batches:
        yield Predictions(classifier.predict_proba(documents), classes, columns, kept)


def _check_output(
    engine: EngineOptions,
    output: Path | None,
    model: Path,
    sources: list[str],
    kept: list[str],
    *,
    as_json: bool,
    force: bool,
) -> None:
    """Check before any work that the output can be written, and that it is of a known format."""
    from textseq.classifier.model_folder import files_of
    from textseq.classifier.prediction_files import format_of

    inputs: list[str | Path | None] = [*sources, *files_of(model)]
    if engine.is_spark:
        if not sources:
            message = "on Spark, sentences are read from files; name them with --input"
            raise typer.BadParameter(message, param_hint="'SENTENCE'")
        if as_json:
            message = "on Spark, predictions are written as Parquet; leave it out"
            raise typer.BadParameter(message, param_hint="'--json'")
        if kept:
            message = (
                "on Spark, no columns are kept beside the predictions; leave it out, or use "
                "textseq.spark.predict on a DataFrame, which keeps them all"
            )
            raise typer.BadParameter(message, param_hint="'--keep'")
        engine.check(output, inputs, force=force)
    elif output is not None:
        if as_json and format_of(output) != ".jsonl":
            message = "the extension of --output is the format; name a .jsonl file"
            raise typer.BadParameter(message, param_hint="'--json'")
        format_of(output)
        options.check_outputs(output, sources=inputs, force=force)


def _write(
    output: Path,
    batches: Iterable[Predictions],
    columns: PredictionColumns,
    classes: list[str],
    *,
    force: bool,
) -> None:
    """Write predictions to a file, batch by batch."""
    from textseq.classifier.prediction_files import open_predictions

    documents = 0
    with open_predictions(output, columns, classes, force=force) as write:
        for batch in batches:
            write(batch)
            documents += len(batch)
    _say_what_is_written(documents, output)


def _write_on_spark(
    engine: EngineOptions,
    classifier: Predictor,
    sources: list[str],
    corpus: Corpus | None,
    columns: PredictionColumns,
    output: Path,
    *,
    force: bool,
) -> None:
    """Write predictions of a corpus, or where there is none of ids, to a folder of parts."""
    from textseq.spark.predictions import documents_on_spark, write_predictions

    with engine.session() as session:
        documents = documents_on_spark(session, corpus, sources)
        written = write_predictions(documents, classifier, columns, output, force=force)
    _say_what_is_written(written, output)


def _say_what_is_written(documents: int, output: Path) -> None:
    say(f"{documents:,} documents -> {with_size(output)}")
    if output.suffix not in (".csv", ".tsv"):
        say(f"Next: textseq inspect {output}")


def _given(texts: list[str], keep: list[str]) -> tuple[tuple[pa.Field, ...], Iterator[Batch]]:
    """Return what is kept of sentences that are arguments, and the batch of them."""
    import pyarrow as pa

    from textseq.corpus.kept import choose_kept

    find = {"text": 0}.get
    columns = choose_kept("the sentences", ["text"], keep, text=0, find=find)
    rows = pa.array(range(1, len(texts) + 1))
    arrays = [rows if column.at is None else pa.array(texts) for column in columns]
    fields = tuple(column.field for column in columns)
    kept = pa.StructArray.from_arrays(arrays, fields=list(fields)) if columns else None
    return fields, iter([(texts, kept)])


def _documents(
    sources: list[str], reading: options.TextOptions, keep: list[str], *, at_once: bool
) -> tuple[tuple[pa.Field, ...], Iterator[Batch]]:
    """Return what is kept, and the batches of texts, or of ids where the sources hold those.

    Texts `at_once`, as they arrive; otherwise in groups that take less time to label.
    """
    if options.hold_ids(sources):
        reading.refuse_reading(f"'{sources[0]}' holds ids, not texts")
        if keep:
            message = f"'{sources[0]}' holds ids, without texts and columns to keep; leave it out"
            raise typer.BadParameter(message, param_hint="'--keep'")
        return (), _id_batches(sources)
    corpus = reading.open(sources, spool=False, keep=keep, allow_empty=True)
    return tuple(corpus.kept), _text_batches(corpus, at_once=at_once)


def _id_batches(sources: list[str]) -> Iterator[Batch]:
    from textseq.sequences.files import read_sequence_batches

    for source in sources:
        yield from ((sequences, None) for sequences, _ in read_sequence_batches(source))


def _text_batches(corpus: Corpus, *, at_once: bool) -> Iterator[Batch]:
    from textseq.corpus.regroup import regroup

    for rows in corpus.batches() if at_once else regroup(corpus.batches()):
        kept = rows["kept"] if corpus.kept else None
        yield rows["text"], kept if at_once or kept is None else kept.combine_chunks()


def _as_text(predictions: Predictions) -> Iterator[str]:
    """Yield a line for each row: its label and the probability, or those of --top or --proba.

    What is kept of the input comes before.

    Where a text may have several labels, each of them is with its probability.
    """
    classes = [*map(escape_controls, predictions.classes)]
    labels, top, proba = predictions.labels, predictions.top, predictions.columns.proba
    best, confidences = predictions.best.tolist(), predictions.confidences.tolist()
    kept = predictions.kept_texts()
    for i, answer in enumerate(zip(best, confidences, strict=True)):
        others = top.pairs(i) if top else enumerate(predictions.probabilities[i]) if proba else ()
        shown = [f"{classes[k]}={p:.4f}" for k, p in others]
        given = [answer] if labels is None else labels.pairs(i)
        if shown:
            first = ", ".join(classes[k] for k, _ in given)
        elif labels is None:
            first = f"{classes[answer[0]]}\t{answer[1]:.4f}"
        else:
            first = "\t".join(f"{classes[k]}={p:.4f}" for k, p in given)
        before = (escape_controls(text or "") for text in kept[i])
        yield "\t".join([*before, first or NO_LABEL, *shown]) + "\n"


def _as_json(predictions: Predictions) -> Iterator[str]:
    """Yield `label`, `probability`, and `top` or `probabilities`, as JSON objects in lines."""
    return (to_json(record) + "\n" for record in predictions.records())
