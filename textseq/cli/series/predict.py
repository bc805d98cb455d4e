"""`textseq series predict`: the rows after the last one of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.console import print_json, say, with_size
from textseq.cli.series.reading import Model, Table, load


def predict(
    model: Model,
    table: Table,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write a .csv, .tsv or .parquet file, not JSON lines to stdout."
        ),
    ] = None,
    force: options.Force = False,
) -> None:
    """Forecast the rows after the last one of a table, of each series in it.

    Prints a line of JSON for each row: its time, and the forecast under the name of the column.

    \b
    Examples:
      textseq series predict model power.csv
      textseq series predict model power.csv --output next.csv
    """
    from textseq.series.model import FORMAT
    from textseq.series.table import check_format, write_table

    if output is not None:
        check_format(output)
        options.check_outputs(output, sources=[table, *FORMAT.files(model)], force=force)
    forecaster, columns = load(model)
    read = columns.read(table).last_parts()
    forecasts = forecaster.forecast(read.series)
    times = read.next_times(forecasts.shape[1])
    rows: list[dict[str, Any]] = [
        {
            **({columns.group: name} if columns.group else {}),
            columns.time or "row": time,
            columns.target: float(f"{value:.7g}"),  # float32 has no more
        }
        for name, row, when in zip(read.names, forecasts.tolist(), times, strict=True)
        for time, value in zip(when, row, strict=True)
    ]
    if output is None:
        for each in rows:
            print_json(each)
        return
    write_table(output, rows, force=force)
    say(f"{len(rows):,} rows -> {with_size(output)}")
