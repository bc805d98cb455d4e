"""What `vector_math` compiles to.

The product of matrices is written in LLVM's terms, since Numba calls a matrix library for it, which
at the sizes of a recurrence takes two to three times as long: a tile of 4 rows and 32 columns of
the result is kept in registers while the inner dimension is walked through.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba.extending import intrinsic, overload
from numba.np import arrayobj

from textseq.compute import vector_math

# Of x, x^3 ... x^13 over those of 1, x^2 ... x^6, the highest first, as in Eigen's `ptanh_float`;
# beyond the limit, tanh is 1.
_LIMIT = np.float32(7.90531110763549805)
_A0, _A1, _A2, _A3, _A4, _A5, _A6 = map(
    np.float32,
    (
        -2.76076847742355e-16,
        2.00018790482477e-13,
        -8.60467152213735e-11,
        5.12229709037114e-08,
        1.48572235717979e-05,
        6.37261928875436e-04,
        4.89352455891786e-03,
    ),
)
_B0, _B1, _B2, _B3 = map(
    np.float32,
    (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03),
)

WIDTH, VECTORS = 16 if get_host_cpu_features().get("avx512f") else 8, 2
"""A tile is so many vectors wide, of so many columns each."""

COLUMNS = WIDTH * VECTORS


@overload(vector_math.tanh, inline="always")
def _tanh(x: Any) -> Any:
    def rational(x: Any) -> Any:
        x = min(max(x, -_LIMIT), _LIMIT)
        s = x * x
        above = ((((((_A0 * s + _A1) * s + _A2) * s + _A3) * s + _A4) * s + _A5) * s + _A6) * x
        return above / (((_B0 * s + _B1) * s + _B2) * s + _B3)

    def exact(x: Any) -> Any:
        return math.tanh(x)

    return rational if x == numba.float32 else exact


@overload(vector_math.add_product)
def _add_product(vector: Any, matrix: Any, out: Any) -> Any:  # noqa: ARG001
    def add(vector: Any, matrix: Any, out: Any) -> None:
        whole = len(vector) // 4 * 4
        for k in range(0, whole, 4):  # four rows at a time, so that `out` is read a fourth as often
            v0, v1, v2, v3 = vector[k], vector[k + 1], vector[k + 2], vector[k + 3]
            m0, m1, m2, m3 = matrix[k], matrix[k + 1], matrix[k + 2], matrix[k + 3]
            for j in range(len(out)):
                out[j] += v0 * m0[j] + v1 * m1[j] + v2 * m2[j] + v3 * m3[j]
        for k in range(whole, len(vector)):
            for j in range(len(out)):
                out[j] += vector[k] * matrix[k, j]

    return add


@numba.njit(nogil=True)
def _multiply_plainly(a: Any, b: Any, out: Any) -> None:
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = 0
        for k in range(a.shape[1]):
            for j in range(b.shape[1]):
                out[i, j] += a[i, k] * b[k, j]


@overload(vector_math.multiply)
def _multiply(a: Any, b: Any, out: Any) -> Any:
    def tiled(a: Any, b: Any, out: Any) -> None:
        rows, inner, columns = a.shape[0], a.shape[1], b.shape[1]
        step, next_k = a.strides[0] // a.itemsize, a.strides[1] // a.itemsize
        sizes = (inner, columns, step, next_k)
        if columns < COLUMNS:
            _multiply_plainly(a, b, out)
            return
        for tile in range(0, columns, COLUMNS):
            j = min(tile, columns - COLUMNS)  # the last tile may repeat columns of the one before
            i = 0
            while i + 4 <= rows:
                _tile_4(a, b, out, i, j, *sizes)
                i += 4
            if i + 2 <= rows:
                _tile_2(a, b, out, i, j, *sizes)
                i += 2
            if i < rows:
                _tile_1(a, b, out, i, j, *sizes)

    def plain(a: Any, b: Any, out: Any) -> None:
        _multiply_plainly(a, b, out)

    single = all(array.dtype == numba.float32 for array in (a, b, out))
    return tiled if single and b.layout == out.layout == "C" else plain


def _tile_of(rows: int) -> Callable[..., Any]:
    """Return the intrinsic that computes a tile of some rows: out[i:, j:] = a[i:] @ b[:, j:]."""

    def function(
        _context: Any,
        a: Any,
        b: Any,
        out: Any,
        _i: Any,
        _j: Any,
        _inner: Any,
        _columns: Any,
        _step: Any,
        _next: Any,
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, b, out = (
                arrayobj.make_array(kind)(context, builder, value).data  # type: ignore[no-untyped-call]
                for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
            )
            _emit_tile(builder, rows, (a, b, out), arguments[3:])
            return context.get_dummy_value()

        size = numba.intp
        return numba.void(a, b, out, *[size] * 6), generate

    made: Callable[..., Any] = intrinsic(function)
    return made


def _emit_tile(builder: Any, rows: int, bases: Any, sizes: Any) -> None:
    """Write the loop over the inner dimension, with the tile's vectors as its running values."""
    (a, b, out), (i, j, inner, columns, step, next_k_of_a) = bases, sizes
    size, number = ir.IntType(64), ir.FloatType()
    vector = ir.VectorType(number, WIDTH)
    zero, one = ir.Constant(size, 0), ir.Constant(size, 1)
    starts = [builder.mul(builder.add(i, ir.Constant(size, r)), step) for r in range(rows)]
    before = builder.block
    loop, after = builder.append_basic_block("inner"), builder.append_basic_block("after")
    nothing = ir.Constant(vector, [0.0] * WIDTH)
    builder.cbranch(builder.icmp_signed(">", inner, zero), loop, after)

    def column(start: Any, v: int) -> Any:
        return builder.add(start, builder.add(j, ir.Constant(size, v * WIDTH)))

    builder.position_at_end(loop)
    k = builder.phi(size)
    k.add_incoming(zero, before)
    sums = [[builder.phi(vector) for _ in range(VECTORS)] for _ in range(rows)]
    line, along = builder.mul(k, columns), builder.mul(k, next_k_of_a)
    vectors = [
        builder.load(
            builder.bitcast(builder.gep(b, [column(line, v)]), vector.as_pointer()), align=4
        )
        for v in range(VECTORS)
    ]
    first = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    empty = ir.Constant(vector, ir.Undefined)
    following = []
    for r in range(rows):
        value = builder.load(builder.gep(a, [builder.add(starts[r], along)]))
        one_value = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
        spread = builder.shuffle_vector(one_value, empty, first)
        products = [builder.fmul(spread, each, flags=["contract"]) for each in vectors]
        following.append(
            [
                builder.fadd(held, product, flags=["contract"])
                for held, product in zip(sums[r], products, strict=True)
            ]
        )
    next_k = builder.add(k, one)
    builder.cbranch(builder.icmp_signed("<", next_k, inner), loop, after)
    k.add_incoming(next_k, loop)
    builder.position_at_end(after)
    for r in range(rows):
        for v in range(VECTORS):
            sums[r][v].add_incoming(nothing, before)
            sums[r][v].add_incoming(following[r][v], loop)
            result = builder.phi(vector)
            result.add_incoming(nothing, before)
            result.add_incoming(following[r][v], loop)
            following[r][v] = result
    for r in range(rows):
        start = builder.mul(builder.add(i, ir.Constant(size, r)), columns)
        for v in range(VECTORS):
            place = builder.bitcast(builder.gep(out, [column(start, v)]), vector.as_pointer())
            builder.store(following[r][v], place, align=4)


_tile_4, _tile_2, _tile_1 = _tile_of(4), _tile_of(2), _tile_of(1)
