"""The service as a Starlette app.

    POST /predict        labels of one text or several
    GET  /health         whether it answers
    GET  /model          what is loaded
    GET  /metrics        what it counts, in Prometheus's text format
    GET  /openapi.json   the description of all this for programs

Every error is {"error": "a sentence"}, whatever its status.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from textseq import __version__
from textseq.classifier.predictor import Predictor
from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.serve import metrics
from textseq.serve.bodies import BodyReader
from textseq.serve.limits import Limits
from textseq.serve.openapi import describe
from textseq.serve.prediction import RequestError, read_request
from textseq.serve.recorder import Recorder
from textseq.serve.served_model import ServedModel

if TYPE_CHECKING:
    from textseq.serve.access_log import AccessLog

_log = logging.getLogger(__name__)

RELOAD_PAUSE = 1.0
"""Seconds between looks at the folders of the models."""


def make_app(
    models: Mapping[str, StrPath | Predictor],
    limits: Limits | None = None,
    *,
    own: Mapping[str, Any] | None = None,
    access_log: AccessLog | None = None,
) -> Starlette:
    """Return a service for any ASGI server.

    Under another server than `textseq serve` starts, the limits of connections and of slow clients
    are that server's.

    Args:
        models: Model folders, or trained predictors, by the name that requests call them.
        limits: The limits; by default, those of `Limits()`.
        own: Parts of the user's own that the models were trained with; see `Predictor.load`.
        access_log: Gets a line for each request; None for no log.

    Raises:
        ArgumentError: There are no models, or a name is empty.
        ArtifactError: A folder holds no classifier.

    Example:
        >>> from starlette.testclient import TestClient
        >>> from textseq.classifier import SentenceClassifier
        >>> from textseq.serve import make_app
        >>> texts, labels = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
        >>> classifier = SentenceClassifier(units=8, epochs=5, networks=2).fit(texts, labels)
        >>> with TestClient(make_app({"reviews": classifier.model_})) as client:
        ...     client.post("/predict", json={"text": "pure joy"}).json()["label"]
        'good'
    """
    if not models or not all(models):
        raise ArgumentError("`models` must have a name and a model folder for each model.")
    limits, counted = limits or Limits(), metrics.Metrics()

    def load(folder: Path) -> Predictor:
        return Predictor.load(folder, **own or {})

    served = {
        name: ServedModel(
            name, source if isinstance(source, Predictor) else Path(source), load, limits, counted
        )
        for name, source in models.items()
    }
    return Service(served, limits, counted, access_log).app()


class Service:
    """What the endpoints share.

    Args:
        models: The models by name.
        limits: The limits.
        counted: What is counted.
        access_log: Gets a line for each request.

    Attributes:
        stopping: Whether the server is about to end; then each answer closes its connection.
        log_is_written: At the end, whether all lines of the access log are; else nobody reads it.
        after_reload: Called when a model was replaced.
    """

    def __init__(
        self,
        models: Mapping[str, ServedModel],
        limits: Limits,
        counted: metrics.Metrics,
        access_log: AccessLog | None,
    ) -> None:
        self.models, self.limits, self.metrics = models, limits, counted
        self.access_log = access_log
        self.stopping = False
        self.log_is_written = True
        self.after_reload: Callable[[], None] = lambda: None
        self._names = [*models]
        self.bodies = BodyReader(limits.max_body)

    def app(self) -> Starlette:
        """Return the app; its `state.service` is this service."""
        routes = [
            Route("/predict", self.predict, methods=["POST"]),
            Route("/health", self.health),
            Route("/model", self.model),
            Route("/metrics", self.show_metrics),
            Route("/openapi.json", self.openapi),
        ]
        app = Starlette(
            routes=routes,
            middleware=[Middleware(Recorder, service=self, paths=[r.path for r in routes])],
            exception_handlers={
                HTTPException: _answer_http_error,
                RequestError: _answer_refusal,
                Exception: _answer_failure,
            },
            lifespan=self._lifespan,
        )
        app.router.redirect_slashes = False
        app.state.service = self
        return app

    async def predict(self, request: Request) -> Response:
        """POST /predict."""
        body = await self.bodies.read(request)
        try:
            return await self._predict(body, request.scope["textseq"])
        finally:
            self.bodies.release(body)

    async def _predict(self, body: bytes, record: dict[str, Any]) -> Response:
        """Return the answer to a body; the record gets what the access log says of it."""
        asked = read_request(body, self._names, self.limits)
        model = self.models[asked.model]
        if asked.columns.threshold is not None and not model.multilabel:
            raise RequestError(
                422,
                f"The model '{model.name}' gives one label to a text, the most probable, so "
                f"'threshold' does nothing; leave it out.",
            )
        record |= {"model": asked.model, "texts": len(asked.texts)}
        if not asked.texts:
            return _json({"predictions": []})
        try:
            records, together = await model.batcher.submit(asked.texts, asked.columns)
        except RequestError:
            raise
        except Exception as error:
            _log.error("The model '%s' failed: %s", model.name, _where(error))
            raise RequestError(
                500,
                f"The model '{model.name}' failed with {type(error).__name__}; what the service "
                f"prints on stderr says where.",
            ) from error
        record["batch"] = together
        return _json(records[0] if asked.single else {"predictions": records})

    async def health(self, request: Request) -> Response:  # noqa: ARG002  (Starlette's signature)
        """GET /health."""
        if self.stopping:
            raise RequestError(503, "The service is stopping.")
        return _json({"status": "ok"})

    async def model(self, request: Request) -> Response:  # noqa: ARG002
        """GET /model."""
        models = [model.describe() for model in self.models.values()]
        return _json({"textseq": __version__, "models": models})

    async def show_metrics(self, request: Request) -> Response:  # noqa: ARG002
        """GET /metrics."""
        return Response(self.metrics.text(), media_type=metrics.CONTENT_TYPE)

    async def openapi(self, request: Request) -> Response:  # noqa: ARG002
        """GET /openapi.json."""
        several = {name: model.multilabel for name, model in self.models.items()}
        return _json(describe(self.limits, several))

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:  # noqa: ARG002
        """Look after the folders while the service runs, and end its threads."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            for model in self.models.values():
                await asyncio.to_thread(model.batcher.close)
            if self.access_log is not None:
                self.log_is_written = await asyncio.to_thread(self.access_log.close)

    async def _watch(self) -> None:
        """Reload what is replaced, in a thread: a folder may be on a slow disk."""
        while True:
            await asyncio.sleep(RELOAD_PAUSE)
            for model in self.models.values():
                if await asyncio.to_thread(model.reload):
                    await asyncio.to_thread(self.after_reload)


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    content = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(content, status, headers, media_type="application/json")


def _answer_refusal(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Return the answer to a request that is refused."""
    assert isinstance(error, RequestError)  # noqa: S101  (registered for it)
    return _json({"error": error.message}, error.status, error.headers)


def _answer_http_error(request: Request, error: Exception) -> Response:
    """Return the answer to what no endpoint is for: 404 and 405."""
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for it)
    known = "POST /predict, GET /health, GET /model, GET /metrics and GET /openapi.json"
    message = f"There is nothing at '{request.url.path[:80]}'; there are {known}."
    if error.status_code == 405:
        # Sorted, since they are a set to Starlette.
        allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        message = f"This address takes {allowed}, not {request.method[:20]}; there are {known}."
    return _json({"error": message}, error.status_code, error.headers)


def _answer_failure(request: Request, error: Exception) -> Response:
    """Return the answer where something else went wrong, and say where, without any text of it."""
    _log.error("%s %s failed: %s", request.method, request.url.path[:80], _where(error))
    message = (
        f"The service failed with {type(error).__name__}; what it prints on stderr says where."
    )
    return _json({"error": message}, 500)


def _where(error: Exception) -> str:
    """Return what an error was and where, without its message, which may hold a text."""
    frames = traceback.extract_tb(error.__traceback__)
    last = f" in {frames[-1].filename}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{last}"
