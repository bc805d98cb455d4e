"""An ONNX graph under construction, written as expressions.

A `Value` is a tensor that the finished graph will compute: `(ids + 1).take(order)` appends an Add
and a Gather. Numbers and arrays beside it become constants of its type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

FEW = 16
"""Numbers that are looked for among the constants that there are, at most."""


@dataclass(frozen=True)
class Node:
    """An operator and what it is applied to, by name; an attribute may be a `Body`."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    domain: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Body:
    """A graph within a graph: a branch of If, or what a Loop repeats."""

    nodes: list[Node]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]


class Graph:
    """The nodes and constants so far.

    Example:
        >>> import numpy as np
        >>> from textseq.export.graph import Graph
        >>> graph = Graph()
        >>> ids = graph.input("ids", np.int64)
        >>> graph.output("double", ids + ids)
        >>> [node.operator for node in graph.nodes]
        ['Add', 'Identity']
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.inputs: list[tuple[str, Any, tuple[str, ...]]] = []
        self.outputs: list[tuple[str, Any, tuple[str, ...]]] = []
        self.constants: dict[str, Array] = {}
        self._known: dict[tuple[Any, ...], str] = {}
        self._names = 0

    def input(self, name: str, dtype: Any, shape: tuple[str, ...] = ("batch",)) -> Value:
        """Return an input; `shape` names its axes."""
        self.inputs.append((name, np.dtype(dtype), shape))
        return Value(self, name, np.dtype(dtype))

    def output(self, name: str, value: Value, shape: tuple[str, ...] = ("batch",)) -> None:
        """Make a value an output; `shape` names its axes."""
        self.nodes.append(Node("Identity", (value.name,), (name,), "", {}))
        self.outputs.append((name, value.dtype, shape))

    def constant(self, array: Any, dtype: Any = None) -> Value:
        """Return a constant; equal numbers, and lists of few, are stored once."""
        array = np.asarray(array, dtype)
        few = array.size <= FEW and array.dtype != object
        key = (array.dtype.str, array.shape, array.tobytes()) if few else (len(self.constants),)
        if key not in self._known:
            self._known[key] = self._new_name("c")
            self.constants[self._known[key]] = array
        return Value(self, self._known[key], array.dtype)

    def weights(self, array: Array) -> Value:
        """Return float32 weights, which are stored in half precision where that loses nothing."""
        single = np.ascontiguousarray(array, np.float32)
        with np.errstate(over="ignore"):
            half = single.astype(np.float16)
        if single.size > FEW and np.array_equal(half.astype(np.float32), single):
            return self.constant(half).cast(np.float32)
        return self.constant(single)

    def apply(
        self,
        operator: str,
        *inputs: Value | None,
        dtype: Any = None,
        domain: str = "",
        **attributes: Any,
    ) -> Value:
        """Return the first output of an operator; `dtype` is that of its first input, if not given.

        An input of None is left out.
        """
        first = next(value for value in inputs if value is not None)
        found = first.dtype if dtype is None else dtype
        return self.apply_many(operator, *inputs, dtypes=(found,), domain=domain, **attributes)[0]

    def apply_many(
        self,
        operator: str,
        *inputs: Value | None,
        dtypes: Sequence[Any],
        domain: str = "",
        **attributes: Any,
    ) -> tuple[Value, ...]:
        """Return the outputs of an operator, of these types."""
        outputs = tuple(Value(self, self._new_name(), np.dtype(dtype)) for dtype in dtypes)
        names = tuple("" if value is None else value.name for value in inputs)
        self.nodes.append(
            Node(operator, names, tuple(value.name for value in outputs), domain, attributes)
        )
        return outputs

    def concatenate(self, *values: Value, axis: int = 0) -> Value:
        """Return values one behind another."""
        return self.apply("Concat", *values, axis=axis)

    def where(self, condition: Value, yes: Value, no: Any) -> Value:
        """Return `yes` where a condition holds, else `no`."""
        return self.apply("Where", condition, yes, yes.like(no), dtype=yes.dtype)

    def range(self, size: Value) -> Value:
        """Return 0, 1, ... below a size: int64."""
        return self.apply("Range", self.constant(np.int64(0)), size, self.constant(np.int64(1)))

    def fill(self, shape: Value, value: Any) -> Value:
        """Return a tensor of one value, in a shape of int64, (axes,)."""
        value = np.asarray(value)
        return self.apply("ConstantOfShape", shape, dtype=value.dtype, value=value.reshape(1))

    def when(
        self, condition: Value, then: Callable[[], Sequence[Value]], *no: Value
    ) -> list[Value]:
        """Return what `then` returns where a condition, a bool of no axis, holds; else `no`."""
        yes = self._body((), then)
        other = self._body((), lambda: no)
        dtypes = [value.dtype for value in no]
        return list(
            self.apply_many("If", condition, dtypes=dtypes, then_branch=yes, else_branch=other)
        )

    def repeat(
        self, going_on: Value, step: Callable[..., tuple[Value, Sequence[Value]]], *start: Value
    ) -> list[Value]:
        """Return values after a step was applied to them as long as it says so.

        Args:
            going_on: Whether there is a first time: a bool of no axis.
            step: From values to whether to go on and the next values.
            *start: The first values.
        """
        turn, on = (Value(self, self._new_name(), np.dtype(t)) for t in (np.int64, np.bool_))
        carried = tuple(Value(self, self._new_name(), value.dtype) for value in start)

        def body() -> list[Value]:
            goes_on, values = step(*carried)
            return [goes_on, *values]

        loop = self._body((turn, on, *carried), body)
        dtypes = [value.dtype for value in start]
        return list(self.apply_many("Loop", None, going_on, *start, dtypes=dtypes, body=loop))

    def _body(self, inputs: tuple[Value, ...], build: Callable[[], Sequence[Value]]) -> Body:
        outer, self.nodes = self.nodes, []
        try:
            # A body's outputs are made in it, also where a value comes from outside.
            outputs = tuple(self.apply("Identity", value) for value in build())
            return Body(self.nodes, inputs, outputs)
        finally:
            self.nodes = outer

    def _new_name(self, prefix: str = "v") -> str:
        self._names += 1
        return f"{prefix}{self._names}"


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor that the graph computes."""

    graph: Graph
    name: str
    dtype: np.dtype[Any]

    def like(self, other: Any) -> Value:
        """Return a number or an array as a constant of this value's type; a value as it is."""
        return other if isinstance(other, Value) else self.graph.constant(other, self.dtype)

    def _with(self, operator: str, other: Any, dtype: Any = None) -> Value:
        return self.graph.apply(operator, self, self.like(other), dtype=dtype)

    def __add__(self, other: Any) -> Value:
        return self._with("Add", other)

    def __sub__(self, other: Any) -> Value:
        return self._with("Sub", other)

    def __mul__(self, other: Any) -> Value:
        return self._with("Mul", other)

    def __truediv__(self, other: Any) -> Value:
        return self._with("Div", other)

    def __floordiv__(self, other: Any) -> Value:
        """Of integers from 0: ONNX rounds towards 0."""
        return self._with("Div", other)

    def __mod__(self, other: Any) -> Value:
        return self._with("Mod", other)

    def __matmul__(self, other: Any) -> Value:
        return self._with("MatMul", other)

    def __and__(self, other: Any) -> Value:
        return self._with("And" if self.dtype == np.bool_ else "BitwiseAnd", other)

    def __or__(self, other: Any) -> Value:
        return self._with("Or" if self.dtype == np.bool_ else "BitwiseOr", other)

    def __xor__(self, other: Any) -> Value:
        return self._with("Xor" if self.dtype == np.bool_ else "BitwiseXor", other)

    def __invert__(self) -> Value:
        return self.graph.apply("Not", self)

    def __lshift__(self, bits: int) -> Value:
        return self.graph.apply("BitShift", self, self.like(bits), direction="LEFT")

    def __rshift__(self, bits: int) -> Value:
        return self.graph.apply("BitShift", self, self.like(bits), direction="RIGHT")

    def __lt__(self, other: Any) -> Value:
        return self._with("Less", other, np.bool_)

    def __le__(self, other: Any) -> Value:
        return self._with("LessOrEqual", other, np.bool_)

    def __gt__(self, other: Any) -> Value:
        return self._with("Greater", other, np.bool_)

    def __ge__(self, other: Any) -> Value:
        return self._with("GreaterOrEqual", other, np.bool_)

    def equals(self, other: Any) -> Value:
        """Return where both are equal: bool."""
        return self._with("Equal", other, np.bool_)

    def differs(self, other: Any) -> Value:
        """Return where they are not."""
        return ~self.equals(other)

    def at_least(self, other: Any) -> Value:
        """Return the larger of both."""
        return self._with("Max", other)

    def at_most(self, other: Any) -> Value:
        """Return the smaller of both."""
        return self._with("Min", other)

    def unary(self, operator: str, **attributes: Any) -> Value:
        """Return what an operator of one input makes, of the same type."""
        return self.graph.apply(operator, self, **attributes)

    def cast(self, dtype: Any) -> Value:
        """Return the values as another type."""
        return self.graph.apply("Cast", self, dtype=dtype, to=np.dtype(dtype))

    def take(self, indices: Any, axis: int = 0) -> Value:
        """Return the elements, or rows, at some indices."""
        indices = indices if isinstance(indices, Value) else self.graph.constant(indices, np.int64)
        return self.graph.apply("Gather", self, indices, axis=axis)

    def keep(self, mask: Value, axis: int = 0) -> Value:
        """Return the elements, or rows, where a mask is true."""
        return self.graph.apply("Compress", self, mask, axis=axis)

    def put(self, indices: Value, values: Value) -> Value:
        """Return a copy with values at some indices of its only axis, none of them twice."""
        return self.graph.apply("ScatterElements", self, indices, values, axis=0)

    def running_sum(self) -> Value:
        """Return the sums up to each element of the first axis, itself included."""
        return self.graph.apply("CumSum", self, self.graph.constant(np.int64(0)))

    def slice(self, start: Any, end: Any, axis: int = 0) -> Value:
        """Return part of an axis; `end` may be beyond it."""
        constants = [self.graph.constant([number], np.int64) for number in (start, end, axis)]
        return self.graph.apply("Slice", self, *constants)

    def size(self, axis: int = 0) -> Value:
        """Return the size of an axis: int64, of no axis."""
        shape = self.graph.apply("Shape", self, dtype=np.int64)
        return shape.take(np.int64(axis))

    def reshape(self, *sizes: int | Value) -> Value:
        """Return the values in another shape; one size may be -1."""
        parts = [
            size.reshape(1) if isinstance(size, Value) else self.graph.constant([size], np.int64)
            for size in sizes
        ]
        shape = parts[0] if len(parts) == 1 else self.graph.concatenate(*parts)
        return self.graph.apply("Reshape", self, shape)

    def reduce(self, operator: str, *axes: int, keep: bool = False) -> Value:
        """Return the `Sum` or `Max` over axes."""
        constant = self.graph.constant(list(axes), np.int64)
        return self.graph.apply(f"Reduce{operator}", self, constant, keepdims=int(keep))

    def any(self) -> Value:
        """Return whether any element of the only axis is true: a bool of no axis."""
        return self.cast(np.int64).reduce("Sum", 0) > 0
