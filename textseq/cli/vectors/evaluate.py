"""`textseq vectors evaluate`: how good vectors are by people's judgements."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli.console import print_json, print_line, print_table
from textseq.cli.vectors.inputs import AsJson, Strict, Vectors, load_vectors

if TYPE_CHECKING:
    from textseq.word2vec.lookup import Vectors as WordVectors


def evaluate(
    vectors: Vectors,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="wordsim353, simlex999 and questions-words come with gensim, and are the default; "
            "or files of 'word, tab, word, tab, number', or of analogies: ': section', then four "
            "words a line.",
        ),
    ] = None,
    words: Annotated[
        int, typer.Option(min=1, help="Answer analogies among this many words, the first.")
    ] = 300_000,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Evaluate vectors on word pairs that people rated, and on analogies.

    Prints Spearman's rank correlation of cosines and ratings, the proportion of the analogies
    solved, by section, and how many of both have vectors. A word without a vector is looked up in
    lower case.

    \b
    Examples:
      textseq vectors evaluate --vectors vectors.bin
      textseq vectors evaluate wordsim353 my-analogies.txt -v vectors.bin --json
    """
    from textseq.word2vec.benchmarks import BUILT_IN, holds_analogies

    names = files or list(BUILT_IN)
    analogies = {name: holds_analogies(name) for name in names}  # a missing file is an error now
    loaded = load_vectors(vectors, strict=strict)
    answers = [
        _analogies(loaded, name, words) if analogies[name] else _pairs(loaded, name, bool(files))
        for name in names
    ]
    if as_json:
        print_json(answers)
        return
    for answer in answers:
        if "sections" in answer:
            _print_sections(answer)
        else:
            rho = "unknown" if answer["spearman"] is None else f"{answer['spearman']:.3f}"
            print_line(
                f"{answer['file']}: Spearman {rho} on {answer['pairs']:,} pairs "
                f"({answer['coverage']:.1%} of them have vectors){_few(answer['pairs'])}"
            )


def _pairs(vectors: WordVectors, name: str, asked_for: bool) -> dict[str, Any]:
    from textseq.errors import ArgumentError
    from textseq.word2vec import benchmarks

    try:
        found = benchmarks.evaluate(vectors, name)
    except ArgumentError:
        if asked_for:
            raise
        # Vectors of another language have none of these words, and may have the others.
        found = benchmarks.Similarity(math.nan, 0, len(benchmarks.word_pairs(name)))
    spearman = None if math.isnan(found.spearman) else round(found.spearman, 6)
    coverage = round(found.coverage, 6)
    return {"file": name, **asdict(found), "spearman": spearman, "coverage": coverage}


def _analogies(vectors: WordVectors, name: str, words: int) -> dict[str, Any]:
    from textseq.word2vec.benchmarks import evaluate_analogies

    found = evaluate_analogies(vectors, name, words=words)
    sections = [
        {**asdict(section), "accuracy": section.accuracy and round(section.accuracy, 6)}
        for section in (*found.sections, found.total)
    ]
    accuracy, coverage = sections[-1]["accuracy"], round(found.total.coverage, 6)
    return {"file": name, "accuracy": accuracy, "coverage": coverage, "sections": sections}


def _print_sections(answer: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(title=f"{answer['file']}, {answer['coverage']:.1%} of them have vectors")
    table.add_column("section")
    for name in ("right", "correct", "asked", "skipped"):
        table.add_column(name, justify="right")
    for section in answer["sections"]:
        if section["name"] == "total":
            table.add_section()
        right = f"{section['accuracy']:.1%}" if section["asked"] else ""
        counts = (f"{section[name]:,}" for name in ("correct", "asked", "skipped"))
        table.add_row(section["name"], right, *counts)
    print_table(table)
    asked = answer["sections"][-1]["asked"]
    if few := _few(asked):
        print_line(f"{answer['file']}: {asked:,} questions were asked{few}")


def _few(count: int) -> str:
    """Return what to say of a result on this many pairs or questions."""
    from textseq.word2vec.benchmarks import FEW

    return "" if count >= FEW else f"; {FEW} or more are needed to judge vectors by"
