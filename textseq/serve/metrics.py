"""Counters, gauges and histograms in Prometheus's text format.

The format is a line per number, and the service has some ten of them, so a client library would be
a dependency for little. Labels have few values, all known beforehand: a client must not be able to
grow them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of durations."""

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Upper bounds of the buckets of batch sizes."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[str, ...]


class Counter:
    """A number for each combination of labels, which only grows.

    Args:
        name: Its name; that of a counter ends in `_total`.
        about: What it counts.
        labels: The names of its labels.
        kind: `"counter"`, or `"gauge"` for one that is `set`.

    Example:
        >>> from textseq.serve.metrics import Counter
        >>> requests = Counter("requests_total", "Requests.", ("status",))
        >>> requests.add(("200",))
        >>> for line in requests.lines():
        ...     print(line)
        # HELP requests_total Requests.
        # TYPE requests_total counter
        requests_total{status="200"} 1
    """

    def __init__(
        self, name: str, about: str, labels: Sequence[str] = (), kind: str = "counter"
    ) -> None:
        self.name, self.about, self.labels, self.kind = name, about, tuple(labels), kind
        self._values: dict[Labels, float] = {}

    def add(self, labels: Labels = (), amount: float = 1) -> None:
        """Add to the number of these labels."""
        self._values[labels] = self._values.get(labels, 0) + amount

    def set(self, labels: Labels, value: float) -> None:
        """Set the number of these labels."""
        self._values[labels] = value

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text format."""
        yield from _head(self.name, self.about, self.kind)
        for labels, value in [*self._values.items()]:
            yield f"{self.name}{_labels(zip(self.labels, labels, strict=True))} {value:.15g}"


class Histogram:
    """How many observed values are at most each bound, for each combination of labels.

    Args:
        name: Its name.
        about: What is observed.
        labels: The names of its labels.
        bounds: The upper bounds of its buckets, ascending.

    Example:
        >>> from textseq.serve.metrics import Histogram
        >>> sizes = Histogram("batch", "Texts.", (), (1, 2))
        >>> sizes.observe((), 2)
        >>> for line in sizes.lines():
        ...     print(line)
        # HELP batch Texts.
        # TYPE batch histogram
        batch_bucket{le="1"} 0
        batch_bucket{le="2"} 1
        batch_bucket{le="+Inf"} 1
        batch_sum 2
        batch_count 1
    """

    def __init__(
        self, name: str, about: str, labels: Sequence[str], bounds: Sequence[float]
    ) -> None:
        self.name, self.about, self.labels = name, about, tuple(labels)
        self.bounds = tuple(bounds)
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}

    def observe(self, labels: Labels, value: float) -> None:
        """Count a value."""
        counts = self._counts.get(labels)
        if counts is None:
            counts = self._counts[labels] = [0] * (len(self.bounds) + 1)
        counts[bisect_left(self.bounds, value)] += 1
        self._sums[labels] = self._sums.get(labels, 0) + value

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text format."""
        yield from _head(self.name, self.about, "histogram")
        for labels, counts in [*self._counts.items()]:
            named = [*zip(self.labels, labels, strict=True)]
            total = 0
            for bound, count in zip([*self.bounds, float("inf")], [*counts], strict=True):
                total += count
                le = "+Inf" if bound == float("inf") else f"{bound:g}"
                yield f"{self.name}_bucket{_labels([*named, ('le', le)])} {total}"
            yield f"{self.name}_sum{_labels(named)} {self._sums.get(labels, 0):.15g}"
            yield f"{self.name}_count{_labels(named)} {total}"


class Metrics:
    """What the service counts; `text` is the answer of GET /metrics."""

    def __init__(self) -> None:
        self.requests = Counter(
            "textseq_requests_total", "Requests answered.", ("method", "path", "status")
        )
        self.seconds = Histogram(
            "textseq_request_seconds",
            "Seconds from a request's header to the end of its answer.",
            ("path",),
            SECONDS,
        )
        self.texts = Counter("textseq_texts_total", "Texts predicted.", ("model",))
        self.batches = Histogram(
            "textseq_batch_texts", "Texts that were predicted together.", ("model",), SIZES
        )
        self.predicting = Counter(
            "textseq_predict_seconds_total", "Seconds spent predicting.", ("model",)
        )
        self.waiting = Counter(
            "textseq_waiting_texts", "Texts not answered yet.", ("model",), kind="gauge"
        )
        self.reloads = Counter(
            "textseq_reloads_total", "Replacements of a model's folder.", ("model", "outcome")
        )

    def text(self) -> str:
        """Return all of it."""
        parts = vars(self).values()
        return "\n".join(line for part in parts for line in part.lines()) + "\n"


def _head(name: str, about: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    inside = ",".join(f'{name}="{_escape(value)}"' for name, value in labels)
    return f"{{{inside}}}" if inside else ""


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
