"""What the service counts, in Prometheus's text format.

Each service has a registry of its own, so that several in one process count apart. Labels have few
values, all known beforehand: a client must not be able to grow them.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE

__all__ = ["CONTENT_TYPE", "Metrics"]

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of durations."""

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Upper bounds of the buckets of batch sizes."""


class Metrics:
    """What the service counts; `text` is the answer of GET /metrics.

    Example:
        >>> from textseq.serve.metrics import Metrics
        >>> metrics = Metrics()
        >>> metrics.texts.labels("reviews").inc(2)
        >>> [line for line in metrics.text().splitlines() if line.startswith("textseq_texts_total")]
        ['textseq_texts_total{model="reviews"} 2.0']
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        model, registry = ("model",), self._registry
        self.requests = Counter(
            "textseq_requests",
            "Requests answered.",
            ("method", "path", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "textseq_request_seconds",
            "Seconds from a request's header to the end of its answer.",
            ("path",),
            registry=registry,
            buckets=SECONDS,
        )
        self.texts = Counter("textseq_texts", "Texts predicted.", model, registry=registry)
        self.batches = Histogram(
            "textseq_batch_texts",
            "Texts that were predicted together.",
            model,
            registry=registry,
            buckets=SIZES,
        )
        self.predicting = Counter(
            "textseq_predict_seconds", "Seconds spent predicting.", model, registry=registry
        )
        self.waiting = Gauge(
            "textseq_waiting_texts", "Texts not answered yet.", model, registry=registry
        )
        self.reloads = Counter(
            "textseq_reloads",
            "Replacements of a model's folder.",
            ("model", "outcome"),
            registry=registry,
        )

    def text(self) -> str:
        """Return all of it."""
        return generate_latest(self._registry).decode()
