"""Keras's `TimeseriesGenerator` and `timeseries_dataset_from_array`, as batches of NumPy arrays.

Batches are Keras's. Where Keras leaves out a window, or a target lies within its own window, a note
says what to give instead; an error of NumPy's is a sentence here. For new work there is `windows`,
which takes a horizon and needs no shifted targets.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from textseq.compute.integers import as_integer
from textseq.errors import ArgumentError
from textseq.sequences.arguments import AnyArray, as_array

_log = logging.getLogger(__name__)


class TimeseriesGenerator:
    """Batches of windows, `length` rows each, and the target of the row after each window.

    Args:
        data: Rows in order of time: (time,) or (time, ...).
        targets: A target of each row: (time, ...). That of a window is the row's after its end.
        length: Rows that a window spans.
        sampling_rate: Every which row of these is in the window.
        stride: Rows between windows.
        start_index: The first row of the first window.
        end_index: The last row of which the target is used; None for the last of the data.
        shuffle: Whether batches are drawn at random with replacement, as Keras draws them, from
            NumPy's global random numbers.
        reverse: Whether the rows of a window are in reverse order of time.
        batch_size: Windows in a batch; the last one may have fewer.

    Raises:
        ArgumentError: The arguments leave no window, or reach beyond the data.

    Example:
        >>> from textseq.sequences import TimeseriesGenerator
        >>> batches = TimeseriesGenerator([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], length=2, batch_size=2)
        >>> len(batches), batches[0]
        (2, (array([[1, 2],
               [2, 3]]), array([3, 4])))
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        self.data, self.targets = _rows(data, "data"), _rows(targets, "targets")
        count = len(self.data)
        if count != len(self.targets):
            raise ArgumentError(
                f"`data` and `targets` must have as many rows as each other. Received: {count} "
                f"and {len(self.targets)}; a window's target is that of the row after its end, so "
                f"targets are not shifted: give targets=data to predict the next row."
            )
        self.length = as_integer(length, "length", at_least=1)
        self.sampling_rate = as_integer(sampling_rate, "sampling_rate", at_least=1)
        self.stride = as_integer(stride, "stride", at_least=1)
        self.batch_size = as_integer(batch_size, "batch_size", at_least=1)
        self.start_index = as_integer(start_index, "start_index", at_least=0) + self.length
        last = count - 1 if end_index is None else as_integer(end_index, "end_index", at_least=0)
        self.end_index, self.shuffle, self.reverse = last, shuffle, reverse
        if last >= count:
            raise ArgumentError(
                f"`end_index` is the last row that is used, at most {count - 1} of {count} rows; "
                f"leave it out to use all. Received: {last}."
            )
        if self.start_index > last:
            raise ArgumentError(
                f"No row follows the first window: `start_index` {start_index} + `length` "
                f"{self.length} must be at most {last}, the last row; give a smaller `length` or "
                f"more rows."
            )

    def __len__(self) -> int:
        return (self.end_index - self.start_index) // (self.batch_size * self.stride) + 1

    def __getitem__(self, index: int) -> tuple[AnyArray, AnyArray]:
        """Return the windows, (batch, rows of a window, ...), and the targets, (batch, ...)."""
        where = index + len(self) if index < 0 else index
        if not 0 <= where < len(self):
            raise IndexError(f"Batch {index} is outside these {len(self)} batches.")
        first, last = self.start_index, self.end_index
        if self.shuffle:
            rows = np.random.randint(first, last + 1, size=self.batch_size)  # noqa: NPY002
        else:
            width = self.batch_size * self.stride
            begin = first + width * where
            rows = np.arange(begin, min(begin + width, last + 1), self.stride)
        taken = rows[:, None] + np.arange(-self.length, 0, self.sampling_rate)
        return self.data[taken[:, ::-1] if self.reverse else taken], self.targets[rows]

    def __iter__(self) -> Iterator[tuple[AnyArray, AnyArray]]:
        return (self[i] for i in range(len(self)))

    def to_keras(self) -> Any:
        """Return the batches as a `keras.utils.PyDataset`, which `Model.fit` of Keras 3 takes."""
        from keras.utils import PyDataset

        batches = self

        class Batches(PyDataset):  # type: ignore[misc]  # Keras is untyped
            def __len__(self) -> int:
                return len(batches)

            def __getitem__(self, index: int) -> tuple[AnyArray, AnyArray]:
                return batches[index]

        return Batches()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, the arrays as JSON; `start_index` is Keras's, `length` further."""
        names = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle")
        arrays = {name: json.dumps(getattr(self, name).tolist()) for name in ("data", "targets")}
        rest = {name: getattr(self, name) for name in (*names, "reverse", "batch_size")}
        return arrays | rest

    def to_json(self, **kwargs: Any) -> str:
        """Return Keras's JSON; `kwargs` are those of `json.dumps`."""
        config = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(config, **kwargs)


def timeseries_generator_from_json(json_string: str) -> TimeseriesGenerator:
    """Return the generator of a JSON string that `to_json`, ours or Keras's, has made.

    Keras 2's function of this name begins `length` rows late, since it adds the length twice.

    Raises:
        ArgumentError: It is something else.

    Example:
        >>> from textseq.sequences import TimeseriesGenerator, timeseries_generator_from_json
        >>> text = TimeseriesGenerator([1, 2, 3, 4], [1, 2, 3, 4], length=2).to_json()
        >>> timeseries_generator_from_json(text)[0]
        (array([[1, 2],
               [2, 3]]), array([3, 4]))
    """
    try:
        config = dict(json.loads(json_string)["config"])
        for name in ("workers", "use_multiprocessing", "max_queue_size"):  # Keras's PyDataset
            config.pop(name, None)
        for name in ("data", "targets"):
            config[name] = json.loads(config[name])
        config["start_index"] -= config["length"]
        return TimeseriesGenerator(**config)
    except ArgumentError:
        raise
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ArgumentError(
            f"`json_string` must be what `TimeseriesGenerator.to_json` returns. Received: "
            f"{str(json_string)[:60]!r}."
        ) from error


class TimeseriesDataset:
    """What `timeseries_dataset_from_array` returns; see there. It can be iterated over again.

    Attributes:
        starts: The first row of each window, in the order in which they come: (windows,).
    """

    def __init__(
        self, arrays: tuple[AnyArray, AnyArray | None], starts: AnyArray, batch_size: int | None
    ) -> None:
        self._windows, self._targets = arrays
        self.starts, self.batch_size = starts, batch_size

    def __len__(self) -> int:
        return -(-len(self.starts) // (self.batch_size or 1))

    def __iter__(self) -> Iterator[Any]:
        for k in range(len(self)):
            size = self.batch_size
            rows = self.starts[k] if size is None else self.starts[k * size : (k + 1) * size]
            windows = self._windows[rows]
            yield windows if self._targets is None else (windows, self._targets[rows])


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> TimeseriesDataset:
    """Return batches of windows and the target of the row in which each window begins.

    Args:
        data: Rows in order of time: (time,) or (time, ...).
        targets: `targets[i]` is that of the window that begins at row i, so to predict the row
            after it they are `data[sequence_length:]`, beside all of `data`; None for none.
        sequence_length: Rows in a window.
        sequence_stride: Rows between the beginnings of windows.
        sampling_rate: Rows between those of a window.
        batch_size: Windows in a batch; None for single windows.
        shuffle: Whether to shuffle the windows.
        seed: The seed of that.
        start_index: The first row that is used.
        end_index: The row before which the last one is that is used; it may be `len(data)`.

    Raises:
        ArgumentError: The arguments leave no window, or reach beyond the data.

    Example:
        >>> import numpy as np
        >>> from textseq.sequences import timeseries_dataset_from_array
        >>> series = np.arange(6)
        >>> [*timeseries_dataset_from_array(series, series[3:], sequence_length=3, batch_size=2)]
        [(array([[0, 1, 2],
               [1, 2, 3]]), array([3, 4])), (array([[2, 3, 4]]), array([5]))]
    """
    rows = _rows(data, "data")
    length = as_integer(sequence_length, "sequence_length", at_least=1)
    stride = as_integer(sequence_stride, "sequence_stride", at_least=1)
    rate = as_integer(sampling_rate, "sampling_rate", at_least=1)
    size = None if batch_size is None else as_integer(batch_size, "batch_size", at_least=1)
    start = 0 if start_index is None else as_integer(start_index, "start_index", at_least=0)
    end = len(rows) if end_index is None else as_integer(end_index, "end_index", at_least=1)
    span = (length - 1) * rate + 1
    if not start + span <= end <= len(rows):
        raise ArgumentError(
            f"A window spans {span} rows, from `start_index` {start} to below `end_index` {end}, "
            f"and there are {len(rows)} rows of `data`; give a shorter `sequence_length` or more "
            f"rows."
        )
    count = end - start - span + 1
    answers = None if targets is None else _rows(targets, "targets")[start:end]
    if answers is not None:
        _note_targets(rows[start:end], answers, count, length)
        count = min(count, len(answers))
    starts = np.arange(0, count, stride)
    if shuffle:
        np.random.default_rng(seed).shuffle(starts)
    views = np.moveaxis(sliding_window_view(rows[start:end], span, axis=0), -1, 1)[:, ::rate]
    return TimeseriesDataset((views, answers), starts, size)


def _note_targets(rows: AnyArray, targets: AnyArray, windows: int, length: int) -> None:
    """Note where targets that are later rows of the data lie in their windows, or have no window.

    That they are is seen by their place in memory; equal values may be chance.
    """
    advice = f"to predict the row after each window give data=data, targets=data[{length}:]"
    if not len(targets):
        raise ArgumentError(f"`targets` have no row from `start_index` on; {advice}.")
    if not np.may_share_memory(rows, targets) or targets.strides != rows.strides:
        return
    begins = (each.__array_interface__["data"][0] for each in (targets, rows))
    shift, span = (next(begins) - next(begins)) // rows.strides[0], len(rows) - windows + 1
    if 0 <= shift < span:
        _log.warning(
            "Each window of %d rows has its own target: `targets` are `data` from row %d on, and "
            "targets[i] is that of the window that begins at row i; %s.", span, shift, advice,
        )  # fmt: skip
    elif windows < len(targets):
        _log.warning(
            "The last %d of %d targets have no window: targets[i] is that of the window that "
            "begins at row i; %s.", len(targets) - windows, len(targets), advice,
        )  # fmt: skip


def _rows(values: Any, name: str) -> AnyArray:
    """Return values as an array of rows."""
    array = as_array(values, name)
    if not array.ndim or not len(array):
        raise ArgumentError(f"`{name}` must have rows in order of time. Received: {values!r}.")
    return array
