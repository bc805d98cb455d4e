"""What `vector_math` compiles to.

The product of matrices is written in LLVM's terms, since Numba calls a matrix library for it, which
at the sizes of a recurrence takes two to three times as long: a tile of 4 rows and 32 columns of
the result is kept in registers while the inner dimension is walked through.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numba.np import arrayobj

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

_instruction: Callable[..., Any] = intrinsic  # makes calls to a function the code that it returns

WIDTH, VECTORS = 16 if get_host_cpu_features().get("avx512f") else 8, 2
"""A tile is so many vectors wide, of so many columns each."""

COLUMNS = WIDTH * VECTORS

DEPTH = 64
"""How much of the inner dimension is summed at a time, so that a tile's columns fit the cache."""


def _tanh(x: Any) -> Any:
    def rational(x: Any) -> Any:
        x = min(max(x, -_LIMIT), _LIMIT)
        s = x * x
        above = ((((((_A0 * s + _A1) * s + _A2) * s + _A3) * s + _A4) * s + _A5) * s + _A6) * x
        return above / (((_B0 * s + _B1) * s + _B2) * s + _B3)

    def exact(x: Any) -> Any:
        return math.tanh(x)

    return rational if x == numba.float32 else exact


@numba.njit(nogil=True)
def _multiply_plainly(a: Any, b: Any, out: Any) -> None:
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = 0
        for k in range(a.shape[1]):
            for j in range(b.shape[1]):
                out[i, j] += a[i, k] * b[k, j]


def _multiply(a: Any, b: Any, out: Any) -> Any:
    def tiled(a: Any, b: Any, out: Any) -> None:
        rows, inner, columns = a.shape[0], a.shape[1], b.shape[1]
        strides = (columns, a.strides[0] // a.itemsize, a.strides[1] // a.itemsize)
        if columns < COLUMNS:
            _multiply_plainly(a, b, out)
            return
        for tile in range(0, columns, COLUMNS):
            j = min(tile, columns - COLUMNS)  # the last tile may repeat columns of the one before
            for begin in range(0, max(inner, 1), DEPTH):
                end = min(begin + DEPTH, inner)
                for i in range(0, rows - rows % 4, 4):
                    _tile_4(a, b, out, (i, j, begin, end, *strides))
                if rows % 4 >= 2:
                    _tile_2(a, b, out, (rows - rows % 4, j, begin, end, *strides))
                if rows % 2:
                    _tile_1(a, b, out, (rows - 1, j, begin, end, *strides))

    def plain(a: Any, b: Any, out: Any) -> None:
        _multiply_plainly(a, b, out)

    single = all(array.dtype == numba.float32 for array in (a, b, out))
    return tiled if single and b.layout == out.layout == "C" else plain


def register(functions: ModuleType) -> None:
    """Tell Numba what the functions of `vector_math` compile to."""
    overload(functions.tanh, inline="always")(_tanh)
    overload(functions.multiply)(_multiply)


def _tile_of(rows: int) -> Callable[..., Any]:
    """Return the intrinsic that computes a tile of some rows of a product.

    It sums over a range of the inner dimension, which it adds to what is there but for the first.
    """

    # The numbers are the first row and column; the range of the inner dimension; the columns of
    # the result; and from a row of `a` to the next, and from one of its columns, in values.
    def tile(_context: Any, a: Any, b: Any, out: Any, numbers: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            bases = [
                arrayobj.make_array(kind)(context, builder, value).data  # type: ignore[no-untyped-call]
                for kind, value in zip(signature.args[:3], arguments[:3], strict=True)
            ]
            unpacked = cgutils.unpack_tuple(builder, arguments[3])  # type: ignore[no-untyped-call]
            _emit_tile(builder, rows, bases, unpacked)
            return context.get_dummy_value()

        return numba.void(a, b, out, numbers), generate

    made: Callable[..., Any] = _instruction(tile)
    return made


def _emit_tile(builder: Any, rows: int, bases: Any, numbers: Any) -> None:
    """Write the loop over the inner dimension, whose sums the compiler keeps in registers."""
    (a, b, out), (i, j, begin, end, columns, down, along) = bases, numbers
    size, index = ir.IntType(64), ir.IntType(32)
    vector = ir.VectorType(ir.FloatType(), WIDTH)

    def vector_at(base: Any, row: Any, v: int) -> Any:
        place = builder.add(builder.mul(row, columns), builder.add(j, size(v * WIDTH)))
        return builder.bitcast(builder.gep(base, [place]), vector.as_pointer())

    lines = [builder.add(i, size(r)) for r in range(rows)]
    results = [[vector_at(out, line, v) for v in range(VECTORS)] for line in lines]
    sums = [
        [cgutils.alloca_once(builder, vector) for _ in places]  # type: ignore[no-untyped-call]
        for places in results
    ]
    is_first = builder.icmp_signed("==", begin, size(0))
    for place, held in _pairs(results, sums):
        before = builder.load(place, align=4)
        builder.store(builder.select(is_first, vector([0.0] * WIDTH), before), held)
    with cgutils.for_range(builder, builder.sub(end, begin)) as loop:
        k = builder.add(begin, loop.index)
        factors = [builder.load(vector_at(b, k, v), align=4) for v in range(VECTORS)]
        for line, of_line in zip(lines, sums, strict=True):
            place = builder.add(builder.mul(line, down), builder.mul(k, along))
            one = builder.load(builder.gep(a, [place]))
            lane = builder.insert_element(vector(ir.Undefined), one, index(0))
            of_all = ir.Constant(ir.VectorType(index, WIDTH), [0] * WIDTH)
            spread = builder.shuffle_vector(lane, vector(ir.Undefined), of_all)
            for factor, held in zip(factors, of_line, strict=True):
                product = builder.fmul(spread, factor, flags=["contract"])
                total = builder.fadd(builder.load(held), product, flags=["contract"])
                builder.store(total, held)
    for place, held in _pairs(results, sums):
        builder.store(builder.load(held), place, align=4)


def _pairs(some: list[list[Any]], others: list[list[Any]]) -> Iterator[tuple[Any, Any]]:
    return zip(itertools.chain(*some), itertools.chain(*others), strict=True)


_tile_4, _tile_2, _tile_1 = _tile_of(4), _tile_of(2), _tile_of(1)


@_instruction
def prefetch(_context: Any, data: Any, _place: Any) -> Any:
    """Have an element of an array brought to the processor, without waiting for it."""

    def fetch(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = arrayobj.make_array(signature.args[0])(context, builder, arguments[0])  # type: ignore[no-untyped-call]
        place = builder.gep(made.data, [arguments[1]])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        # For reading, to stay in all caches, as data.
        builder.call(function, [builder.bitcast(place, byte), number(0), number(3), number(1)])
        return context.get_dummy_value()

    return numba.void(data, numba.intp), fetch
