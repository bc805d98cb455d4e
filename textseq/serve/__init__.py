"""Trained classifiers behind an HTTP service.

app.py           `make_app`: the service as a Starlette app, for any ASGI server
prediction.py    a request's JSON to texts, or to the sentence that says what is wrong with it
served_model.py  a model that is served: its answers, and its reload when its folder is replaced
batching.py      the queue of a model, and the thread that predicts together what waits in it
limits.py        the limits, each declared once
metrics.py       what is counted, in Prometheus's text format
openapi.py       the description of the service for programs
access_log.py    a line of JSON for each request
bodies.py        the body of a request, never more than the limits
recorder.py      counts, times and logs every request
protocol.py      deadlines and limits of a connection, which uvicorn lacks
parse_h11.py, parse_httptools.py   the same for each of uvicorn's two parsers
memory.py        memory that only starting needed
server.py        uvicorn with them, and a stop that loses nothing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.serve.app import make_app as make_app
    from textseq.serve.limits import Limits as Limits

__getattr__, __dir__, __all__ = lazy_exports(
    __name__, {"make_app": "textseq.serve.app", "Limits": "textseq.serve.limits"}
)
