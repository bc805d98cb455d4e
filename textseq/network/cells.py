"""One time step of a recurrent network: units -> a Keras cell.

A cell takes (batch, dimension) and its state, and returns (batch, units) and the next state. With
x the input and h the state before it, all of them Keras's own and in Keras's notation:

    simple_rnn   h' = tanh(x W_xh + h W_hh + b)                          Elman 1990
    gru          two gates decide how much of h to keep                  Cho et al. 2014
    lstm         three gates, and the cell's memory  Hochreiter and Schmidhuber 1997

A cell of your own is any callable from units to an object with Keras's cell contract (`units` or
`output_size`, `state_size`, `call`), filed with `CELLS.register("name")` or named by import path.
"""

from __future__ import annotations

from collections.abc import Callable

import keras

from textseq.registry import Registry

CellFactory = Callable[[int], keras.Layer]

CELLS: Registry[CellFactory] = Registry("cell")


@CELLS.register("simple_rnn")
def simple_rnn(units: int) -> keras.Layer:
    """Elman's cell, the textbook's.

    Example:
        >>> from textseq.network.cells import simple_rnn
        >>> simple_rnn(3).state_size
        3
    """
    return keras.layers.SimpleRNNCell(units)


@CELLS.register("gru")
def gru(units: int) -> keras.Layer:
    """The gated recurrent unit, with Keras's `reset_after=True`.

    Example:
        >>> from textseq.network.cells import gru
        >>> gru(3).state_size
        3
    """
    return keras.layers.GRUCell(units)


@CELLS.register("lstm")
def lstm(units: int) -> keras.Layer:
    """The long short-term memory; its state is the pair of output and memory.

    Example:
        >>> from textseq.network.cells import lstm
        >>> lstm(3).state_size
        [3, 3]
    """
    return keras.layers.LSTMCell(units)
