"""Tables of weights in a graph, in the least space that loses nothing, as in the model's folder.

A table is stored as the rows that are not all zeros and a bit for each row; and rows of which four
bits a value are enough, as those and a scale. A row is widened when it is read. ONNX Runtime makes
of the bits, when it loads the file, the place of each row.
"""

from __future__ import annotations

import numpy as np

from textseq.export.graph import Graph, Value
from textseq.network.arrays import AnyArray, BoolArray
from textseq.tasks.four_bits import SHARES, pack_exactly

MOST = 0.95
"""Where more than this part of the rows are kept, all are stored: there is little to gain."""


class Table:
    """A table of weights, whose row 0 is zeros: what is read for padding, or for no n-gram.

    Args:
        graph: The graph.
        table: float16 or float32, (rows, columns).
    """

    def __init__(self, graph: Graph, table: AnyArray) -> None:
        self._graph, self._columns = graph, table.shape[1]
        self._places: Value | None = None
        kept = (table != 0).any(axis=1)
        kept[0] = False
        if kept.mean() < MOST:
            # The first stored row is that of all rows that are not kept.
            table = np.concatenate([np.zeros_like(table[:1]), table[kept]])
            self._places = _places(graph, kept)
        else:
            table = np.where(np.arange(len(table))[:, None] > 0, table, table.dtype.type(0))
        self._scales: Value | None = None
        if (packed := pack_exactly(table)) is not None:
            table, self._scales = packed[0], graph.constant(packed[1])
        self._rows = graph.constant(np.ascontiguousarray(table))

    def read(self, rows: Value) -> Value:
        """Return rows: float32, (n, columns)."""
        if self._places is not None:
            rows = self._places.take(rows)
        values = self._rows.take(rows)
        if self._scales is None:
            return values.cast(np.float32)
        pairs = self._graph.constant(SHARES).take(values.cast(np.int32))
        scales = self._scales.take(rows).cast(np.float32).reshape(-1, 1, 1)
        # Rounded as they are in memory.
        wide = (pairs * scales).cast(np.float16).cast(np.float32)
        return wide.reshape(rows.size(), -1).slice(0, self._columns, axis=1)


def _places(graph: Graph, mask: BoolArray) -> Value:
    """Return 1, 2, ... where a mask is true, which is stored as bits, and 0 elsewhere: int32."""
    packed = graph.constant(np.packbits(mask)).reshape(-1, 1)
    shifts = graph.constant(np.arange(7, -1, -1, dtype=np.uint8))
    bits = graph.apply("BitShift", packed, shifts, direction="RIGHT") & 1
    ones = bits.reshape(-1).cast(np.int32)
    return ones.running_sum() * ones
