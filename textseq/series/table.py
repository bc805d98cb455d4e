"""Time series in tables: CSV, TSV or Parquet, a row for each time, and maybe several series."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.network.arrays import AnyArray
from textseq.registry import listed
from textseq.sequences.time_windows import check_times, gap_rows, next_times, plain_time

_log = logging.getLogger(__name__)

_FILLED = ", such as with the value before it"

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True)
class SeriesTable:
    """Time series of a table.

    Args:
        series: Each (rows, features), the target first.
        times: The times of each series; None where the table has none.
        names: The group that each series is of, or part of; `""` without groups.
    """

    series: list[AnyArray]
    times: list[AnyArray] | None
    names: list[str]

    def add(self, name: str, rows: AnyArray, times: AnyArray) -> None:
        """Add a series with times."""
        assert self.times is not None  # noqa: S101
        self.series.append(rows)
        self.times.append(times)
        self.names.append(name)

    def last_parts(self) -> SeriesTable:
        """Return the last series of each group, which is what goes on."""
        kept = sorted({name: i for i, name in enumerate(self.names)}.values())
        times = None if self.times is None else [self.times[i] for i in kept]
        return SeriesTable([self.series[i] for i in kept], times, [self.names[i] for i in kept])

    def split(self, time: str) -> list[int]:
        """Return the row of each series at which a time is reached.

        Raises:
            ArgumentError: There are no times, or this is none.
        """
        if self.times is None:
            raise ArgumentError(f"There is no time {time!r} without times; name their column.")
        at = _one_time(time, self.times[0])
        return [int(np.searchsorted(times, at)) for times in self.times]

    def next_times(self, count: int) -> list[list[Any]]:
        """Return the times after the last row of each series: strings, or numbers, as of rows."""
        if self.times is None:
            return [[len(each) + k for k in range(count)] for each in self.series]
        return [[plain_time(t) for t in next_times(each, count)] for each in self.times]


def read_series(
    path: StrPath,
    target: str,
    *,
    features: Sequence[str] = (),
    time: str | None = None,
    group: str | None = None,
    split_gaps: bool = False,
) -> SeriesTable:
    r"""Read the time series of a table, and check them.

    Args:
        path: A file whose name ends in .csv, .tsv or .parquet.
        target: The column that is forecast.
        features: Further columns that are read.
        time: The column of the times, which must rise by the same step.
        group: The column that says to which of several series a row belongs.
        split_gaps: Whether a series ends where a row is missing, and another one begins.

    Raises:
        ArgumentError: There is no such column, a value is missing, or there is a gap in time; the
            message has the row, counted from 1 after the header.
        ArtifactError: The file is missing or damaged.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from textseq.series.table import read_series
        >>> path = Path(mkdtemp()) / "a.csv"
        >>> _ = path.write_text("day,rain\n2026-01-01,0.5\n2026-01-02,1.5\n")
        >>> table = read_series(path, "rain", time="day")
        >>> table.series[0][:, 0].tolist(), table.next_times(2)
        ([0.5, 1.5], [['2026-01-03', '2026-01-04']])
    """
    table = _read(Path(path))
    names = [target, *(name for name in features if name != target)]
    for name in [*names, *(each for each in (time, group) if each is not None)]:
        _check_column(table, name, path)
    if not table.num_rows:
        raise ArgumentError(f"'{path}' has no rows.")
    values = np.stack([_numbers(table[name], name, path) for name in names], axis=1)
    times = None if time is None else _times(table[time], time, path)
    if group is None:
        parts = {"": np.arange(len(values))}
    else:
        keys = np.array(table[group].cast(pa.string()).fill_null("").to_pylist())
        parts = {key: np.flatnonzero(keys == key) for key in dict.fromkeys(keys.tolist())}
    if times is None:
        return SeriesTable([values[rows] for rows in parts.values()], None, [*parts])
    found = SeriesTable([], [], [])
    for name, rows in parts.items():
        starts = [0, *(gap_rows(times[rows]) if split_gaps else [])]
        check_times(
            times[rows],
            starts,
            what=f"'{path}' after the header, column {time!r}",
            numbers=rows + 1,
            advice="make a series of each unbroken part (--split-gaps)",
        )
        for piece in np.split(rows, starts[1:]):
            found.add(name, values[piece], times[piece])
    return found


def check_format(path: Path) -> None:
    """Raise an error where the extension of a table is unknown."""
    if path.suffix not in (*_DELIMITERS, ".parquet"):
        raise ArgumentError(
            f"'{path}' has an unknown extension for a table of time series; expected a name that "
            f"ends in .csv, .tsv or .parquet."
        )


def write_table(path: Path, rows: list[dict[str, Any]], *, force: bool = False) -> None:
    """Write rows to a table, which appears when it is whole."""
    table = pa.Table.from_pylist(rows)
    with atomic_file(path, force=force) as temporary:
        if path.suffix == ".parquet":
            pq.write_table(table, temporary)
        else:
            options = pyarrow.csv.WriteOptions(delimiter=_DELIMITERS[path.suffix])
            pyarrow.csv.write_csv(table, temporary, options)


def _read(path: Path) -> pa.Table:
    check_format(path)
    if not path.is_file():
        raise ArtifactError(
            f"The table '{path}' does not exist, or is a folder; expected a file such as data.csv."
        )
    with wrap_read_errors(f"The table '{path}'"):
        if path.suffix == ".parquet":
            return pq.read_table(path)
        parsing = pyarrow.csv.ParseOptions(delimiter=_DELIMITERS[path.suffix])
        table = pyarrow.csv.read_csv(path, parse_options=parsing)
    try:
        table.column_names  # noqa: B018  (decodes them)
    except UnicodeDecodeError:
        raise _not_utf8(path) from None
    return table


def _check_column(table: pa.Table, name: str, path: StrPath) -> None:
    """Raise an error where a table has no such column, or several, or one that is no text."""
    names = table.column_names
    if name not in names:
        wrong = f"There is no column {name!r} in '{path}'" if name else "Name the column (--target)"
        hint = ""
        if len(names) == 1 and re.search(r"[;,|\t]", names[0]):
            hint = "; write commas between the fields of a .csv file, and tabs in a .tsv file"
        raise ArgumentError(f"{wrong}; '{path}' has {listed(names, str)}{hint}.")
    if names.count(name) > 1:
        raise ArgumentError(
            f"'{path}' has {names.count(name)} columns named {name!r}, so which one is meant is "
            f"not clear; rename or remove one."
        )
    if pa.types.is_binary(table[name].type):
        raise _not_utf8(path)


def _not_utf8(path: StrPath) -> ArtifactError:
    return ArtifactError(
        f"The table '{path}' has text that is not UTF-8; convert it, such as by "
        f"`iconv -f cp949 -t utf-8`."
    )


def _numbers(column: pa.ChunkedArray, name: str, path: StrPath, filled: str = _FILLED) -> AnyArray:
    """Return a column as float64; a value that is missing is refused, and how it may be filled."""
    try:
        # Casting loads Arrow's functions, which takes longer than a small file does.
        is_number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
        found = _plain(column if is_number else column.cast(pa.float64())).astype(np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        found = np.array([_number(value) for value in column.to_pylist()])
    wrong = np.flatnonzero(~np.isfinite(found))
    if len(wrong):
        value = column[int(wrong[0])].as_py()
        is_missing = value is None or value != value
        received = "missing" if is_missing else repr(value)
        remedy = f"fill it in{filled}" if is_missing else "correct it"
        raise ArgumentError(
            f"'{path}', row {wrong[0] + 1} after the header: {name!r} is {received}, where a "
            f"number was expected; {remedy}, or leave out the rows up to it."
        )
    return found


def _plain(column: pa.ChunkedArray) -> AnyArray:
    """Return numbers, or microseconds, without loading pandas as `to_numpy` does."""
    array = column.combine_chunks()
    if array.null_count:  # which is about to be refused
        found: AnyArray = array.to_numpy(zero_copy_only=False)
        return found
    date = array.type == pa.timestamp("us")
    dtype = "M8[us]" if date else np.dtype(array.type.to_pandas_dtype())
    return np.frombuffer(array.buffers()[1], dtype)[array.offset : array.offset + len(array)]


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan


def _times(column: pa.ChunkedArray, name: str, path: StrPath) -> AnyArray:
    """Return times as NumPy's dates, or as numbers."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts = [value and value.replace("/", "-") for value in column.to_pylist()]
        try:
            found = np.array(texts, "datetime64[us]")
        except (TypeError, ValueError):
            found = np.array([_time(text) for text in texts], "datetime64[us]")
    elif pa.types.is_time(column.type):
        found = np.full(len(column), "NaT", "datetime64[us]")
    elif pa.types.is_temporal(column.type):
        if getattr(column.type, "tz", None):
            _log.info("The times of %r have a time zone; they are read and written in UTC", name)
        found = _plain(column.cast(pa.timestamp("us")))
    else:
        return _numbers(column, name, path, filled="")
    wrong = np.flatnonzero(np.isnat(found))
    if len(wrong):
        value = column[int(wrong[0])].as_py()
        shown = repr(value) if value is None or isinstance(value, str) else str(value)
        raise ArgumentError(
            f"'{path}', row {wrong[0] + 1} after the header: {name!r} is {shown}, where a time was "
            f"expected, such as 2026-01-31 or 2026-01-31 23:00."
        )
    return found


def _time(value: Any) -> np.datetime64:
    try:
        return np.datetime64(value, "us")
    except (TypeError, ValueError):
        return np.datetime64("NaT")


def _one_time(time: str, times: AnyArray) -> Any:
    """Return a time that a command was given, as the times of a table are."""
    dates = times.dtype.kind == "M"
    found = _time(time.replace("/", "-")) if dates else _number(time)
    if np.isnat(found) if dates else np.isnan(found):
        raise ArgumentError(
            f"Expected a time such as the table has, like {plain_time(times[0])}. Received: "
            f"{time!r}."
        )
    return found
