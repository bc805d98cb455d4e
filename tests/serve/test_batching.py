"""What waits is predicted together, and one request's failure is not another's."""

from __future__ import annotations

import asyncio
import threading

import pytest

from textseq.serve.batching import Batcher
from textseq.serve.prediction import Columns, RequestError


class Gate:
    """A model that answers when it is let; it notes what was predicted together."""

    def __init__(self):
        self.batches, self.entered, self.open = [], threading.Event(), threading.Event()

    def __call__(self, jobs):
        self.entered.set()
        assert self.open.wait(10)
        self.batches.append([text for job in jobs for text in job.texts])
        if any("bad" in job.texts for job in jobs):
            raise ValueError("bad")
        return [[{"label": text} for text in job.texts] for job in jobs]


def run(gate, requests, max_batch=4, max_queue=100):
    """Submit requests while the first is predicted; return their outcomes."""

    async def submit_all():
        batcher = Batcher(gate, max_batch, max_queue)
        first = asyncio.ensure_future(batcher.submit(["first"], Columns()))
        await asyncio.to_thread(gate.entered.wait, 10)
        others = [asyncio.ensure_future(batcher.submit(texts, Columns())) for texts in requests]
        await asyncio.sleep(0)  # all are in the queue
        gate.open.set()
        outcomes = await asyncio.gather(first, *others, return_exceptions=True)
        batcher.close()
        assert batcher.waiting == 0
        return outcomes[1:]

    return asyncio.run(submit_all())


def test_what_waits_is_predicted_together():
    gate = Gate()
    outcomes = run(gate, [["a"], ["b", "c"], ["d"], ["e"]])
    assert gate.batches == [["first"], ["a", "b", "c", "d"], ["e"]]
    assert outcomes[1] == ([{"label": "b"}, {"label": "c"}], 4)
    assert outcomes[3] == ([{"label": "e"}], 1)


def test_a_request_is_never_split():
    gate = Gate()
    run(gate, [["a", "b", "c"], ["d", "e"], ["f"] * 9, ["g"]])
    assert gate.batches == [["first"], ["a", "b", "c"], ["d", "e"], ["f"] * 9, ["g"]]


def test_batches_of_one():
    gate = Gate()
    run(gate, [["a"], ["b"]], max_batch=1)
    assert gate.batches == [["first"], ["a"], ["b"]]


def test_a_failure_is_that_of_one_request():
    outcomes = run(Gate(), [["a"], ["bad"], ["b"]])
    assert outcomes[0] == ([{"label": "a"}], 3)
    assert isinstance(outcomes[1], ValueError)
    assert outcomes[2] == ([{"label": "b"}], 3)


def test_too_much_that_waits_is_refused():
    outcomes = run(Gate(), [["a"], ["b"], ["c"]], max_queue=3)
    assert [isinstance(outcome, RequestError) for outcome in outcomes] == [False, False, True]
    assert outcomes[2].status == 503


def test_who_went_away_is_not_answered():
    async def leave():
        gate = Gate()
        batcher = Batcher(gate, 4, 100)
        gone = asyncio.ensure_future(batcher.submit(["a"], Columns()))
        await asyncio.to_thread(gate.entered.wait, 10)
        stays = asyncio.ensure_future(batcher.submit(["b"], Columns()))
        await asyncio.sleep(0)
        gone.cancel()
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert await stays == ([{"label": "b"}], 1)
        batcher.close()
        assert batcher.waiting == 0

    asyncio.run(leave())


def test_closing_answers_what_was_submitted():
    async def close():
        gate = Gate()
        gate.open.set()
        batcher = Batcher(gate, 4, 100)
        found = asyncio.ensure_future(batcher.submit(["a"], Columns()))
        await asyncio.sleep(0)
        await asyncio.to_thread(batcher.close)
        assert (await found)[0] == [{"label": "a"}]

    asyncio.run(close())
