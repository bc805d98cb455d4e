"""Documents as ids: ragged sequences, padding, one-hot rows, and their files.

sequences.py       `Sequences`, one Arrow-like pair of ids and offsets; `pad_sequences`
onehot.py          `one_hot` and `to_categorical`, column 0 reserved
files.py           sequences as Parquet, JSON lines or npz
onehot_files.py    one-hot rows as npz or npy
"""

from textseq.sequences.onehot import RESERVED_INDEX, one_hot, to_categorical
from textseq.sequences.sequences import Sequences, pad_sequences

__all__ = ["RESERVED_INDEX", "Sequences", "one_hot", "pad_sequences", "to_categorical"]
