"""`textseq serve`: trained classifiers behind HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import say
from textseq.cli.derive import from_settings
from textseq.serve.limits import Limits

_NAME = re.compile(r"[\w.-]+")

Models = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL",
        help="Model folders that `classify train` wrote, or NAME=FOLDER for the name that requests "
        "call one by; otherwise, that of the folder.",
    ),
]


@from_settings
def serve(
    models: Models,
    own: options.OwnParts,
    limits: Limits,
    *,
    host: Annotated[
        str, typer.Option(help="Answer at this address; 0.0.0.0 for all of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Answer at this port; 0 for any free one.")
    ] = 8000,
    access_log: Annotated[
        Path | None,
        typer.Option(
            help="Append a line of JSON for each request to this file. Without it, they go to "
            "stderr, or with --quiet nowhere."
        ),
    ] = None,
) -> None:
    """Answer requests for predictions over HTTP.

    POST /predict takes {"text": "a sentence"} or {"texts": [...]}, and answers what
    `textseq classify predict --json` prints. GET /health, /model, /metrics and /openapi.json
    describe the service. A model whose folder is replaced is loaded again.

    \b
    Examples:
      textseq serve model
      textseq serve sentiment=model1 topics=model2 --port 8080
      curl -H 'Content-Type: application/json' -d '{"text": "pure joy"}' localhost:8000/predict
    """
    from textseq.errors import require_extra

    for package in ("starlette", "uvicorn", "prometheus_client"):
        require_extra(package, "Serving")
    folders = _named(models)
    from textseq.serve.access_log import AccessLog
    from textseq.serve.app import make_app
    from textseq.serve.server import open_socket
    from textseq.serve.server import serve as run

    write: Callable[[str], None] = say
    if access_log is not None:
        write = _appending_to(access_log)
    listening = open_socket(host, port)
    with listening:
        app = make_app(folders, limits, own=own.load(), access_log=AccessLog(write))
        run(app, listening, limits)


def _appending_to(path: Path) -> Callable[[str], None]:
    """Return a function that appends lines to a file; one that cannot be written is said now."""
    from textseq.errors import OutputError
    from textseq.serve.access_log import append_to

    try:
        path.open("a").close()
    except OSError as error:
        raise OutputError(
            f"The access log '{path}' cannot be written: {error.strerror}; name another file with "
            f"--access-log."
        ) from error
    return append_to(path)


def _named(models: list[str]) -> dict[str, Path]:
    """Return the folders by name."""
    found: dict[str, Path] = {}
    for given in models:
        name, equals, path = given.partition("=")
        folder = Path(path) if equals and not Path(given).is_dir() else Path(given)
        if folder == Path(given):
            name = folder.resolve().name
        if not _NAME.fullmatch(name):
            raise typer.BadParameter(
                f"{name!r} is not a name of letters, digits, '.', '-' and '_'; give one as in "
                f"reviews={folder}",
                param_hint="'MODEL'",
            )
        if name in found:
            raise typer.BadParameter(
                f"'{found[name]}' and '{folder}' are both called {name!r}; name them as in "
                f"one={found[name]} other={folder}",
                param_hint="'MODEL'",
            )
        found[name] = folder
    return found
