from __future__ import annotations

import pytest
from threadpoolctl import threadpool_limits

from textseq.compute.blas import _libraries, one_thread_per_product


def threads():
    return {library["num_threads"] for library in _libraries().info()}


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        yield


def test_one_thread_within_the_block_and_as_many_as_before_after_it():
    with one_thread_per_product():
        assert threads() == {1}
    assert threads() == {2}


def test_blocks_that_overlap_restore_when_the_last_one_ends():
    first, second = one_thread_per_product(), one_thread_per_product()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads() == {1}
    second.__exit__(None, None, None)
    assert threads() == {2}


def test_an_error_in_the_block_restores_too():
    with pytest.raises(ZeroDivisionError), one_thread_per_product():
        raise ZeroDivisionError
    assert threads() == {2}
