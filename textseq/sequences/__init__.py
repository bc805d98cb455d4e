"""Documents as ids: ragged sequences, padding, one-hot rows, and their files.

sequences.py       `Sequences`, one Arrow-like pair of ids and offsets; `pad_sequences`
onehot.py          `one_hot` and `to_categorical`, column 0 reserved
files.py           sequences as Parquet, JSON lines or npz
onehot_files.py    one-hot rows as npz or npy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.sequences.onehot import RESERVED_INDEX as RESERVED_INDEX
    from textseq.sequences.onehot import one_hot as one_hot
    from textseq.sequences.onehot import to_categorical as to_categorical
    from textseq.sequences.sequences import Sequences as Sequences
    from textseq.sequences.sequences import pad_sequences as pad_sequences

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "RESERVED_INDEX": "textseq.sequences.onehot",
        "Sequences": "textseq.sequences.sequences",
        "one_hot": "textseq.sequences.onehot",
        "pad_sequences": "textseq.sequences.sequences",
        "to_categorical": "textseq.sequences.onehot",
    },
)
