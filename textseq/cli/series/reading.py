"""What the commands on time series share: which table is read, and how forecasts are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli.console import command_line, print_table, say
from textseq.compute.settings import setting

if TYPE_CHECKING:
    from textseq.series.fit import Evaluation
    from textseq.series.model import SeriesModel
    from textseq.series.table import SeriesTable

Table = Annotated[
    Path,
    typer.Argument(metavar="TABLE", help="A table in order of time: .csv, .tsv or .parquet."),
]
Model = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A model folder that `series train` wrote.")
]


@dataclass(frozen=True)
class ColumnOptions:
    """The columns of a table."""

    target: str = setting("", "The column to forecast.", metavar="COLUMN")
    features: list[str] | None = setting(
        None, "A further column to forecast from. Can be given several times.", metavar="COLUMN"
    )
    time: str | None = setting(
        None, "The column of the times, which must rise by one step.", metavar="COLUMN"
    )
    group: str | None = setting(
        None, "The column that says to which of several series a row belongs.", metavar="COLUMN"
    )

    split_gaps: bool = setting(
        False,
        "Where rows are missing, end a series and begin another, so that no window has a gap.",
        flags=("--split-gaps",),
    )

    def read(self, path: Path) -> SeriesTable:
        """Read the time series of a table."""
        from textseq.series.table import read_series

        return read_series(
            path,
            self.target,
            features=self.features or (),
            time=self.time,
            group=self.group,
            split_gaps=self.split_gaps,
        )


def load(path: Path) -> tuple[SeriesModel, ColumnOptions]:
    """Read a forecaster, and the names of the columns that it was trained on."""
    from textseq.errors import ArtifactError
    from textseq.series.model import FORECASTER, SeriesModel

    model = SeriesModel.load(path)
    about = model.about.get("columns")
    if model.task != FORECASTER or not isinstance(about, dict) or not about.get("target"):
        raise ArtifactError(
            f"The model '{path}' was not made by `textseq series train`, which keeps the names of "
            f"columns; use it in Python: SeriesModel.load('{path}').predict(series)."
        )
    names = {each.name for each in fields(ColumnOptions)}
    return model, ColumnOptions(**{name: about[name] for name in names & set(about)})


def print_scores(scores: dict[str, dict[str, float]]) -> None:
    """Print the errors of each way to forecast as a table on stdout."""
    from rich.table import Table as RichTable

    table = RichTable()
    table.add_column("forecast")
    for name in ("MAE", "RMSE", "MASE"):
        table.add_column(name, justify="right")
    for way, found in scores.items():
        table.add_row(way, *(f"{found[name]:.4g}" for name in ("mae", "rmse", "mase")))
    print_table(table)


def write_report(
    report: Path | None,
    title: str,
    found: Evaluation,
    model: SeriesModel,
    columns: ColumnOptions,
    *,
    histories: Sequence[Mapping[str, Sequence[float]]] = (),
    force: bool,
) -> None:
    """Write the page about forecasts, if one is asked for."""
    if report is None:
        return
    from textseq.report.forecast import write_forecast_page
    from textseq.report.page import Page

    page, settings = Page(report, title, command_line(), force), model.settings.to_config()
    write_forecast_page(page, found, columns.target, settings, histories)
    say(f"Report -> {report}")


def verdict(scores: dict[str, dict[str, float]]) -> str:
    """Return a sentence on which forecast is best, and what to do where it is a simple one."""
    ways = {way: found for way, found in scores.items() if way != "networks"}
    note = ""
    if ways.get("ridge") == ways["textseq"]:
        del ways["ridge"]
        note = " It is ridge alone here: the networks add nothing."
    best = {name: min(ways, key=lambda way: ways[way][name]) for name in ("mae", "rmse")}
    if set(best.values()) == {"textseq"}:
        other = min((w for w in ways if w != "textseq"), key=lambda way: ways[way]["rmse"])
        less = 1 - ways["textseq"]["rmse"] / ways[other]["rmse"]
        return f"textseq is best: {less:.1%} less error (RMSE) than {other}.{note}"
    if best["mae"] != best["rmse"]:
        text = f"By MAE {best['mae']} is best, by RMSE {best['rmse']}"
    else:
        text = f"{best['mae'].capitalize()} is best, not textseq"
    naive = {"persistence", "seasonal naive"} & set(best.values())
    advice = "; use it, or try another window, more rows or further columns" if naive else ""
    return f"{text}{advice}.{note}"
