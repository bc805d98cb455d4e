"""Documents as ids: sequences, padding, one-hot rows, and their files.

sequences.py       `Sequences`: the ids of many documents in two flat arrays
padding.py         `pad_sequences`
onehot.py          `one_hot` and `to_categorical`; column 0 is reserved
word_pairs.py      `skipgrams` and `make_sampling_table`
timeseries.py      `TimeseriesGenerator` and `timeseries_dataset_from_array`
time_windows.py    `windows` of a time series, and what is refused in one
arguments.py       what cannot become the array that is asked for is named
files.py           sequences on disk, batch by batch; the format is the extension
units.py           the same in work units, each of which is read by itself
parquet.py, jsonlines.py, npz.py    one format each
labelled.py        batches with labels, and how they are checked
onehot_files.py    one-hot rows as npz (SciPy's CSR), Parquet or npy
onehot_parquet.py  the second of these: a row per document, with the columns of its ones
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.sequences.onehot import RESERVED_INDEX as RESERVED_INDEX
    from textseq.sequences.onehot import one_hot as one_hot
    from textseq.sequences.onehot import to_categorical as to_categorical
    from textseq.sequences.padding import pad_sequences as pad_sequences
    from textseq.sequences.sequences import Sequences as Sequences
    from textseq.sequences.time_windows import windows as windows
    from textseq.sequences.timeseries import TimeseriesGenerator as TimeseriesGenerator
    from textseq.sequences.timeseries import (
        timeseries_dataset_from_array as timeseries_dataset_from_array,
    )
    from textseq.sequences.timeseries import (
        timeseries_generator_from_json as timeseries_generator_from_json,
    )
    from textseq.sequences.word_pairs import make_sampling_table as make_sampling_table
    from textseq.sequences.word_pairs import skipgrams as skipgrams

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "RESERVED_INDEX": "textseq.sequences.onehot",
        "Sequences": "textseq.sequences.sequences",
        "TimeseriesGenerator": "textseq.sequences.timeseries",
        "make_sampling_table": "textseq.sequences.word_pairs",
        "one_hot": "textseq.sequences.onehot",
        "pad_sequences": "textseq.sequences.padding",
        "skipgrams": "textseq.sequences.word_pairs",
        "timeseries_dataset_from_array": "textseq.sequences.timeseries",
        "timeseries_generator_from_json": "textseq.sequences.timeseries",
        "to_categorical": "textseq.sequences.onehot",
        "windows": "textseq.sequences.time_windows",
    },
)
