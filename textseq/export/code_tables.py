"""Properties of code points in a graph, as tables in two stages.

There are 1,114,112 code points, most of which are like their neighbours. A first table says which
page of 128 values holds those of a range of 128 code points, and equal pages are stored once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.export.graph import Graph, Value

PAGE = 128
"""Code points in a page, a power of two."""


@dataclass(frozen=True)
class CodeTable:
    """What each code point has.

    Args:
        page_of: The page of each range of code points: int16, (8704,).
        values: Of each property, the values of all pages: (pages * 128,) each.
    """

    page_of: npt.NDArray[np.int16]
    values: tuple[npt.NDArray[Any], ...]

    @classmethod
    def of(cls, *columns: npt.NDArray[Any]) -> CodeTable:
        """Return the table of some properties, given for every code point: (1114112,) each.

        Example:
            >>> import numpy as np
            >>> from textseq.export.code_tables import CodeTable
            >>> table = CodeTable.of(np.arange(0x110000) == ord("a"))
            >>> len(table.page_of), len(table.values[0])  # two pages: with an a, and without
            (8704, 256)
        """
        number_of: dict[bytes, int] = {}
        first: list[slice] = []
        page_of = np.empty(len(columns[0]) // PAGE, np.int16)
        for i in range(len(page_of)):
            page = slice(i * PAGE, (i + 1) * PAGE)
            key = b"".join(column[page].tobytes() for column in columns)
            page_of[i] = number_of.setdefault(key, len(number_of))
            if page_of[i] == len(first):
                first.append(page)
        return cls(
            page_of,
            tuple(np.concatenate([column[page] for page in first]) for column in columns),
        )

    def look_up(self, graph: Graph, points: Value) -> list[Value]:
        """Return each property of code points, of the types of the columns."""
        bits = points.cast(np.uint32)
        range_of = (bits >> PAGE.bit_length() - 1).cast(np.int32)
        page = graph.constant(self.page_of).take(range_of).cast(np.int32)
        place = page * PAGE + (bits & PAGE - 1).cast(np.int32)
        return [graph.constant(values).take(place) for values in self.values]
