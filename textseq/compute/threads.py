"""Work on several threads at once, in order, without running far ahead."""

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from textseq.errors import ArgumentError

Item = TypeVar("Item")
Result = TypeVar("Result")


def thread_count() -> int:
    """Return how many threads to use: `TEXTSEQ_THREADS`, or the processors this process may use."""
    wanted = os.environ.get("TEXTSEQ_THREADS")
    if not wanted:
        affinity = getattr(os, "sched_getaffinity", None)  # where the system has it
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if not wanted.isdecimal() or int(wanted) < 1:
        raise ArgumentError(f"TEXTSEQ_THREADS must be an integer from 1. Received: {wanted!r}.")
    return int(wanted)


def ordered_map(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield `work(item)` for each item in order, computing the next few in threads meanwhile.

    At most about two items per thread are in memory, so that `items` may be endless; they are
    iterated over in the calling thread. An error is raised in place of the result. Threads are
    faster only if `work` releases the interpreter's lock.
    """
    threads = thread_count()
    items = iter(items)
    first = list(itertools.islice(items, 2)) if threads > 1 else []
    if len(first) < 2:  # one item is often done before a thread has started
        yield from map(work, itertools.chain(first, items))
        return
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="textseq") as pool:
        try:
            for item in itertools.chain(first, items):
                pending.append(pool.submit(work, item))
                if len(pending) > 2 * threads:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
