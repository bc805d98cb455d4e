"""A value that all workers need, such as a tokenizer: sent once, unpickled once in each process."""

from __future__ import annotations

import pickle
import weakref
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textseq.registry import searching_here

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql import SparkSession

Value = TypeVar("Value")

_unpickled: weakref.WeakKeyDictionary[Broadcast[bytes], Any] = weakref.WeakKeyDictionary()


class Shared(Generic[Value]):
    """A value in a broadcast variable of Spark, pickled as Spark pickles functions.

    So it may hold functions that are defined in a notebook, which a broadcast variable by itself
    would only name.

    Args:
        session: A Spark session.
        value: What the workers need.
    """

    def __init__(self, session: SparkSession, value: Value) -> None:
        from pyspark import cloudpickle

        pickled: bytes = cloudpickle.dumps(value)  # type: ignore[no-untyped-call]
        self._pickled = session.sparkContext.broadcast(pickled)

    @property
    def value(self) -> Value:
        """The value, in a worker."""
        if self._pickled not in _unpickled:
            with searching_here():  # for parts of the user's own, which the driver imported
                _unpickled[self._pickled] = pickle.loads(self._pickled.value)  # noqa: S301
        value: Value = _unpickled[self._pickled]
        return value
