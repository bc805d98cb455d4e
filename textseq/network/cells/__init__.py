"""Recurrent cells. Each file holds one cell, whole: what it is in Keras, fused, and in NumPy.

simple_rnn.py, gru.py, lstm.py    the cells
base.py                           what a cell consists of, their registry, and what they share

A new cell is a file like these, and a line in `CELLS`.
"""

from textseq.network.cells.base import CELLS, Cell
from textseq.network.cells.gru import gru
from textseq.network.cells.lstm import lstm
from textseq.network.cells.simple_rnn import simple_rnn

__all__ = ["CELLS", "Cell", "gru", "lstm", "simple_rnn"]
