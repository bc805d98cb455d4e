"""Working in order on several threads."""

import itertools
import threading

import pytest

from textseq.compute.threads import ordered_map, thread_count
from textseq.errors import ArgumentError


@pytest.mark.parametrize("threads", ["1", "3"])
def test_results_come_in_order_and_not_far_ahead(monkeypatch, threads):
    monkeypatch.setenv("TEXTSEQ_THREADS", threads)
    taken = []

    def items():
        for i in itertools.count():
            taken.append(i)
            yield i

    results = ordered_map(lambda i: i * i, items())
    assert [next(results) for _ in range(5)] == [0, 1, 4, 9, 16]
    assert len(taken) <= 5 + 2 * int(threads) + 1
    results.close()


def test_an_error_comes_where_its_result_would_have(monkeypatch):
    monkeypatch.setenv("TEXTSEQ_THREADS", "2")
    before = set(threading.enumerate())
    results = ordered_map(lambda i: 1 // i, [1, 1, 0, 1])
    assert [next(results), next(results)] == [1, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert set(threading.enumerate()) <= before


def test_one_item_starts_no_thread(monkeypatch):
    monkeypatch.setenv("TEXTSEQ_THREADS", "4")
    workers = [*ordered_map(lambda _: threading.current_thread(), ["only"])]
    assert workers == [threading.current_thread()]
    assert [*ordered_map(str, [])] == []
    assert threading.current_thread() not in ordered_map(
        lambda _: threading.current_thread(), ["one", "two"]
    )


@pytest.mark.parametrize("wanted", ["0", "-1", "two"])
def test_an_invalid_number_of_threads(monkeypatch, wanted):
    monkeypatch.setenv("TEXTSEQ_THREADS", wanted)
    with pytest.raises(ArgumentError, match="TEXTSEQ_THREADS must be an integer from 1"):
        thread_count()


def test_as_many_threads_as_processors(monkeypatch):
    monkeypatch.delenv("TEXTSEQ_THREADS", raising=False)
    assert thread_count() >= 1
