"""Weights before training, drawn from the distributions of Keras's initializers."""

from __future__ import annotations

import math
from typing import cast

import numpy as np

from textseq.network.arrays import FloatArray


def uniform(random: np.random.Generator, shape: tuple[int, ...], limit: float = 0.05) -> FloatArray:
    """Return values between `-limit` and `limit`, as Keras's `RandomUniform`."""
    values = random.random(shape, np.float32)
    values -= np.float32(0.5)
    values *= np.float32(2 * limit)
    return values


def glorot_uniform(random: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Return a matrix of which outputs vary as much as inputs (Glorot and Bengio 2010)."""
    return uniform(random, shape, math.sqrt(6 / sum(shape)))


def orthogonal(random: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Return a matrix of which rows or columns are orthonormal (Saxe et al. 2014)."""
    rows, columns = max(shape), min(shape)
    q, r = np.linalg.qr(random.normal(size=(rows, columns)))
    q *= np.sign(np.diag(r))  # so that all such matrices are as probable
    return cast("FloatArray", (q if shape == (rows, columns) else q.T).astype(np.float32))


def normal(
    random: np.random.Generator, shape: tuple[int, ...], deviation: float = 0.05
) -> FloatArray:
    """Return normally distributed values around 0."""
    return cast("FloatArray", random.normal(0, deviation, shape).astype(np.float32))
