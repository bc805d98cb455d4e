"""`textseq series explain`: the states and gradients of a network, step by step."""

from __future__ import annotations

from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.results import show_explanation
from textseq.cli.series.reading import Model, Table, load


def explain(
    model: Model,
    table: Table,
    row: Annotated[
        int | None,
        typer.Option(help="The row of the horizon, from 1; by default, the last.", min=1),
    ] = None,
    html: options.HtmlPage = None,
    as_json: options.AsJson = False,
    force: options.Force = False,
) -> None:
    """Show how the first network reads the last window of a table, step by step.

    Prints for each step its rows, the hidden state after it, and the norm of the gradient of the
    forecast with respect to the state.

    \b
    Examples:
      textseq series explain model power.csv
      textseq series explain model power.csv --row 1 --html page.html
    """
    from textseq.series.explain import explain as follow
    from textseq.series.model import FORMAT

    options.check_report(html)
    options.check_outputs(html, sources=[table, *FORMAT.files(model)], force=force)
    forecaster, columns = load(model)
    if row is not None and row > (horizon := forecaster.forecast_settings.horizon):
        raise typer.BadParameter(
            f"expected a row of the horizon, from 1 to {horizon}. Received: {row}",
            param_hint="'--row'",
        )
    series = columns.read(table).last_parts().series[:1]
    [explanation] = follow(forecaster, series, None if row is None else row - 1)
    title, line = f"The last window of {table.name} in {model.name}", explanation.answer
    show_explanation(explanation, html, title, model.name, line=line, as_json=as_json, force=force)
