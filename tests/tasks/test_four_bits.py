"""Rows in four bits a value: near what they were, and their own rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.tasks import four_bits
from textseq.tasks.four_bits import (
    LEVELS,
    pack_exactly,
    pack_rows,
    round_rows,
    unpack_rows,
)

SIZES = {"rows": st.integers(0, 20), "columns": st.integers(1, 9), "seed": st.integers(0, 10**6)}
SCALES = st.sampled_from([1e-8, 6e-8, 1e-7, 5e-7, 1e-6, 1e-4, 0.1, 1, 30, 1e4])


def table_of(rows, columns, seed, scale=1.0):
    random = np.random.default_rng(seed)
    table = random.normal(size=(rows, columns)) * scale
    return table.clip(-6e4, 6e4).astype(random.choice([np.float16, np.float32, np.float64]))


@given(**SIZES, scale=SCALES)
def test_a_rounded_table_is_its_own_rounding(rows, columns, seed, scale):
    rounded = round_rows(table_of(rows, columns, seed, scale))
    assert (rounded.dtype, rounded.shape) == (np.float16, (rows, columns))
    np.testing.assert_array_equal(round_rows(rounded), rounded)
    np.testing.assert_array_equal(round_rows(rounded.astype(np.float32)), rounded)
    assert (pack_exactly(rounded) is not None) == (columns > 1)


@given(**SIZES)
def test_each_value_is_at_most_half_a_level_off(rows, columns, seed):
    table = table_of(rows, columns, seed)
    largest = np.abs(table).max(axis=1, keepdims=True, initial=0)
    error = np.abs(round_rows(table).astype(np.float64) - table)
    assert (error <= largest * (0.5 / LEVELS + 2**-10)).all()


@given(**SIZES)
def test_what_is_packed_comes_back(rows, columns, seed):
    table = table_of(rows, columns, seed)
    packed, scales = pack_rows(table)
    assert (packed.dtype, packed.shape) == (np.uint8, (rows, -(-columns // 2)))
    assert (scales.dtype, scales.shape) == (np.float16, (rows,))
    np.testing.assert_array_equal(unpack_rows(packed, scales, columns), round_rows(table))


def test_all_levels_of_a_row():
    row = np.arange(-LEVELS, LEVELS + 1, dtype=np.float32)[None]
    packed, scales = pack_rows(row)
    assert packed.tolist() == [[0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF8]]
    np.testing.assert_array_equal(unpack_rows(packed, scales, 15), row.astype(np.float16))


def test_rows_of_zeros_stay_so():
    table = np.zeros((3, 5), np.float32)
    np.testing.assert_array_equal(round_rows(table), table)
    assert not pack_rows(table)[1].any()


@given(st.binary(min_size=6, max_size=6), st.sampled_from([0.0, 6e-8, -1.0, 65504.0]))
def test_any_bytes_with_a_finite_scale_are_finite_numbers(data, scale):
    packed = np.frombuffer(data, np.uint8).reshape(2, 3)
    values = unpack_rows(packed, np.full(2, scale, np.float16), 6)
    assert np.isfinite(values).all()
    assert np.abs(values).max() <= abs(np.float16(scale))


@pytest.mark.parametrize("value", [1e5, np.inf, np.nan])
def test_what_float16_cannot_hold_does_not_fit(value):
    assert pack_exactly(np.array([[1.0, value]], np.float32)) is None


def test_one_other_value_does_not_fit(monkeypatch):
    monkeypatch.setattr(four_bits, "PIECE", 4)
    table = round_rows(table_of(20, 6, seed=1))
    assert pack_exactly(table) is not None
    table[17, 1] *= 1.05
    assert pack_exactly(table) is None
