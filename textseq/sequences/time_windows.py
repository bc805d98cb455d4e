"""Windows of a time series: rows that are known, and the rows after them that are to be predicted.

    values      0 1 2 3 4 5 6
    window 3    [0 1 2] 3 4         x, y of the first window at horizon 2
                  [1 2 3] 4 5
                    [2 3 4] 5 6

Windows are views of the values, not copies; none of them has rows of two groups, and none reaches
over a gap. Sets for training and testing come of a cut in time, never of a shuffle, since nearly
all rows of a window are in the next one too.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from textseq.compute.integers import as_integer
from textseq.errors import ArgumentError
from textseq.sequences.arguments import AnyArray, as_array, as_floats


class Windows(NamedTuple):
    """Windows in order of time.

    Args:
        x: What is known: (windows, window, features).
        y: What is to be predicted: (windows, horizon) of one target, (windows, horizon, targets)
            of several.
        rows: The row of each window's first target: (windows,).
    """

    x: AnyArray
    y: AnyArray
    rows: AnyArray

    def split(self, *cuts: int) -> list[Windows]:
        """Return the windows of which all targets lie before the first row given, and so on.

        A window whose targets lie on both sides of a cut is in no part.
        """
        ends = self.rows + self.y.shape[1]
        bounds = [0, *cuts, int(ends.max(initial=0))]
        if sorted(bounds) != bounds:
            raise ArgumentError(
                f"The rows at which windows are split must rise, up to the last of them, "
                f"{bounds[-1]}. Received: {cuts}."
            )
        parts = []
        for start, end in itertools.pairwise(bounds):
            first, last = np.searchsorted(self.rows, start), np.searchsorted(ends, end, "right")
            parts.append(Windows(*(each[first:last] for each in self)))
        return parts


def windows(
    values: Any,
    window: int,
    horizon: int = 1,
    *,
    stride: int = 1,
    target: int | list[int] | None = None,
    groups: Any = None,
    times: Any = None,
) -> Windows:
    """Return all windows of a time series, without copying it if there are no groups.

    Args:
        values: Rows in order of time: numbers, (time,) or (time, features).
        window: Rows that are known.
        horizon: Rows after them that are to be predicted.
        stride: Rows between windows.
        target: The column to predict, or several; None for all.
        groups: What each row belongs to, such as a shop, (time,): no window has rows of two.
        times: The time of each row, (time,), which must rise by the same step within a group.

    Raises:
        ArgumentError: A value is missing, the times have a gap, a group is not in one piece, or the
            series is too short for a window. The message has the row, counted from 0.

    Example:
        >>> from textseq.sequences import windows
        >>> x, y, rows = windows([0, 1, 2, 3, 4, 5, 6], window=3, horizon=2)
        >>> x[:, :, 0].tolist(), y[:, :, 0].tolist()
        ([[0, 1, 2], [1, 2, 3], [2, 3, 4]], [[3, 4], [4, 5], [5, 6]])
        >>> [part.rows.tolist() for part in windows(range(9), window=3).split(6, 8)]
        [[3, 4, 5], [6, 7], [8]]
    """
    table = as_table(values)
    window = as_integer(window, "window", at_least=1)
    horizon = as_integer(horizon, "horizon", at_least=0)
    stride = as_integer(stride, "stride", at_least=1)
    starts = group_starts(groups, len(table))
    if times is not None:
        check_times(times, starts)
    span, bounds = window + horizon, [*starts, len(table)]
    begins = [np.arange(a, b - span + 1, stride) for a, b in zip(starts, bounds[1:], strict=True)]
    if not any(map(len, begins)):
        raise ArgumentError(
            f"A window of {window} rows and a horizon of {horizon} need {span} rows in a row; the "
            f"longest {'series' if groups is None else 'group'} has {max(np.diff(bounds))}: give a "
            f"smaller `window` or more rows."
        )
    views = np.moveaxis(sliding_window_view(table, span, axis=0), -1, 1)
    chosen = np.concatenate(begins)
    views = views[::stride] if len(begins) == 1 else views[chosen]
    known, later = views[:, :window], views[:, window:]
    if target is not None:
        later = later[:, :, _columns(target, table.shape[1])]
    return Windows(known, later, chosen + window)


def as_table(values: Any, name: str = "values") -> AnyArray:
    """Return a time series as numbers, (time, features), in which none is missing.

    Raises:
        ArgumentError: It has another shape, or no numbers, or one is missing.

    Example:
        >>> from textseq.sequences.time_windows import as_table
        >>> as_table([1, 2]).shape
        (2, 1)
        >>> as_table([[1, 2], [3, None]])
        Traceback (most recent call last):
            ...
        textseq.errors.ArgumentError: `values` must be numbers, and row 1, column 1 is None; ...
    """
    array = as_array(values, name)
    if array.ndim not in (1, 2) or not array.size:
        raise ArgumentError(
            f"`{name}` must be one time series, (time,) or (time, features). Received: an array "
            f"of shape {array.shape}."
        )
    given = array.reshape(len(array), -1)
    table = given if given.dtype.kind in "biuf" else as_floats(given).reshape(given.shape)
    wrong: Any = np.argwhere(~np.isfinite(table)) if table.dtype.kind == "f" else []
    if len(wrong):
        row, column = wrong[0].tolist()
        raise ArgumentError(
            f"`{name}` must be numbers, and row {row}, column {column} is {given[row, column]}; "
            f"fill it in, such as with the value before it, or leave out the rows up to it."
        )
    return table.astype(np.float32) if table.dtype in (bool, np.float16) else table


def group_starts(groups: Any, count: int) -> list[int]:
    """Return the row in which each group begins; a group must be in one piece."""
    if groups is None:
        return [0]
    given = as_array(groups, "groups")
    if given.shape != (count,):
        raise ArgumentError(
            f"`groups` must have an entry for each of {count} rows. Received: an array of shape "
            f"{given.shape}."
        )
    starts = [0, *(np.flatnonzero(given[1:] != given[:-1]) + 1).tolist()]
    seen: set[Any] = set()
    for start in starts:
        if given[start] in seen:
            raise ArgumentError(
                f"Row {start} goes on with the group {given[start]!s}, which another one had "
                f"interrupted; sort the rows by group, and by time within each."
            )
        seen.add(given[start])
    return starts


def check_times(
    times: Any,
    starts: list[int] | None = None,
    *,
    what: str = "`times`",
    numbers: AnyArray | None = None,
    advice: str = "give unbroken parts as groups (`groups`)",
) -> None:
    """Refuse times that do not rise by the same step within each group; months may differ in days.

    Args:
        times: NumPy's dates, or numbers: (time,).
        starts: The row in which each group begins.
        what: What has the times, for a message.
        numbers: The number of each row in a message; by default, from 0.
        advice: What else to do about a gap than to fill it in.

    Raises:
        ArgumentError: There is a gap, or a row that is not later than the one before it.
    """
    given = as_array(times, "times")
    if given.ndim != 1 or given.dtype.kind not in "Miuf":
        raise ArgumentError(
            f"`times` must be dates of NumPy's (datetime64) or numbers, one for each row. "
            f"Received: an array of {given.dtype}, shape {given.shape}."
        )
    rows = np.setdiff1d(np.arange(1, len(given)), starts or [])
    if not len(rows):
        return
    usual, steps = _usual_step(given, rows)
    early = steps <= steps.dtype.type(0)
    wrong = rows[early if early.any() else steps != usual]
    if len(wrong):
        row = int(wrong[0])
        how = f"does not follow at the usual step of {_show_step(usual)} on"
        then = f"fill in the rows that are missing, or {advice}"
        if early.any():
            how, then = "is not later than", "sort the rows by time, and leave out repeated ones"
        raise ArgumentError(
            f"Row {row if numbers is None else numbers[row]} of {what}, {plain_time(given[row])}, "
            f"{how} the row before it, {plain_time(given[row - 1])}; {then}."
        )


def gap_rows(times: AnyArray) -> list[int]:
    """Return the rows before which rows are missing: those later than by the usual step.

    Example:
        >>> import numpy as np
        >>> from textseq.sequences.time_windows import gap_rows
        >>> gap_rows(np.array([1, 2, 3, 7, 8]))
        [3]
    """
    rows = np.arange(1, len(times))
    if not len(rows):
        return []
    usual, steps = _usual_step(times, rows)
    found: list[int] = rows[(steps != usual) & (steps > steps.dtype.type(0))].tolist()
    return found


def plain_time(time: Any) -> Any:
    """Return a date as a string, without the parts of a day that are 0; a number as it is."""
    if not isinstance(time, np.datetime64):
        return int(time) if time == int(time) else float(time)
    return str(time.astype("datetime64[s]")).replace("T", " ").removesuffix(" 00:00:00")


def _show_step(step: Any) -> str:
    """Return a step of time in words, such as "1 hour"."""
    if not isinstance(step, np.timedelta64):
        return f"{step:g}"
    found = step
    for unit in ("s", "m", "h", "D") if np.datetime_data(step)[0] != "M" else ():
        if step == step.astype(f"m8[{unit}]"):
            found = step.astype(f"m8[{unit}]")
    count = int(found.astype(int))
    return str(found) if count != 1 else str(found).removesuffix("s")


def next_times(times: AnyArray, count: int) -> AnyArray:
    """Return the times that follow, in the same steps.

    Example:
        >>> import numpy as np
        >>> from textseq.sequences.time_windows import next_times
        >>> next_times(np.array(["2026-01-31", "2026-02-28"], "datetime64[D]"), 1)
        array(['2026-03-28'], dtype='datetime64[D]')
    """
    if len(times) < 2:
        raise ArgumentError("The times after one row are not known; give more rows.")
    step, _ = _usual_step(times, np.arange(1, len(times)))
    ahead = np.arange(1, count + 1)
    following: AnyArray
    if step.dtype == "timedelta64[M]":
        months = times[-1].astype("datetime64[M]")
        following = ((months + ahead) + (times[-1] - months)).astype(times.dtype)
    else:
        following = times[-1] + ahead * step
    return following


def _usual_step(times: AnyArray, rows: AnyArray) -> tuple[Any, AnyArray]:
    """Return the most frequent step, and each row's from the row before it."""
    steps = times[rows] - times[rows - 1]
    if times.dtype.kind == "M" and (steps != steps[0]).any():
        months = times.astype("datetime64[M]")
        if len(np.unique(times - months)) == 1:  # the same day of each month
            steps = months[rows] - months[rows - 1]
    found, counts = np.unique(steps, return_counts=True)
    return found[counts.argmax()], steps


def _columns(target: int | list[int], count: int) -> Any:
    """Return the target's column, or columns."""
    for each in [target] if np.ndim(target) == 0 else target:  # type: ignore[union-attr]
        if not -count <= as_integer(each, "target", at_least=-count) < count:
            raise ArgumentError(
                f"`target` must be a column from 0 to {count - 1}. Received: {each}."
            )
    return target
