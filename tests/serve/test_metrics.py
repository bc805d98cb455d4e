"""Prometheus's text format."""

from __future__ import annotations

from textseq.serve.metrics import Counter, Histogram, Metrics


def test_labels_are_escaped():
    counter = Counter("n_total", "About.", ("a",))
    counter.add(('x"\\\n',))
    assert [*counter.lines()][-1] == r'n_total{a="x\"\\\n"} 1'


def test_buckets_are_cumulative_and_include_their_bound():
    histogram = Histogram("h", "About.", (), (1, 2.5))
    for value in (0.5, 1, 2, 2.5, 9):
        histogram.observe((), value)
    assert [line.split()[-1] for line in histogram.lines()][2:] == ["2", "4", "5", "15", "5"]


def test_large_counts_keep_their_digits():
    counter = Counter("n_total", "About.")
    counter.add(amount=12_345_678)
    assert [*counter.lines()][-1] == "n_total 12345678"


def test_all_ends_with_a_line_feed():
    assert Metrics().text().endswith("\n")
