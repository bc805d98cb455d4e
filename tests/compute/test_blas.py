from __future__ import annotations

import threading

import pytest
from threadpoolctl import threadpool_limits

from textseq.compute.blas import _libraries, one_thread_per_product


def counts():
    return {library.get_num_threads() for library in _libraries()}


def in_a_thread(work):
    """Call a function in a thread of its own, and return what it returns."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        yield


def counts_within():
    with one_thread_per_product():
        return counts()


def test_one_thread_within_the_block_and_as_many_as_before_after_it():
    assert counts_within() == {1}
    assert counts() == {2}


def test_a_block_works_in_any_thread():
    assert counts_within() == {1}
    assert in_a_thread(counts_within) == {1}
    assert counts() == {2}
    assert counts_within() == {1}


def test_blocks_that_overlap_restore_when_the_last_one_ends():
    first, second = one_thread_per_product(), one_thread_per_product()
    first.__enter__()
    in_a_thread(second.__enter__)
    first.__exit__(None, None, None)
    assert counts() == {1}
    in_a_thread(lambda: second.__exit__(None, None, None))
    assert counts() == {2}


def test_an_error_in_the_block_restores_too():
    with pytest.raises(ZeroDivisionError), one_thread_per_product():
        raise ZeroDivisionError
    assert counts() == {2}
