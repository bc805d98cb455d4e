"""A pickled tokenizer as plain data, without unpickling: nothing is imported, made or called.

A pickle is a program. `pickletools` reads its instructions; the few that a tokenizer is pickled
with are carried out here, on dicts, lists, strings and numbers. Any other instruction, and any name
but those of `KINDS`, is refused before it does anything. What is made takes memory in proportion to
the file: a tokenizer needs few containers, and short ones may not be repeated by reference.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from textseq.errors import ArtifactError

TOKENIZER_MODULES = (
    "keras.preprocessing.text",  # Keras 1, 2.0, 2.1, and 2.6 to 2.12
    "keras_preprocessing.text",  # Keras 2.2 to 2.5, and TensorFlow 1.11 to 2.5
    "keras.src.preprocessing.text",  # Keras 2.13 to 2.15
    "keras.src.legacy.preprocessing.text",  # Keras 3
    "keras.legacy.preprocessing.text",
    "tf_keras.preprocessing.text",
    "tf_keras.src.preprocessing.text",  # Keras 2 beside Keras 3
    "tensorflow.keras.preprocessing.text",
    "tensorflow.python.keras.preprocessing.text",  # TensorFlow 1.8 to 1.10
    "tensorflow.python.keras._impl.keras.preprocessing.text",  # TensorFlow 1.4 to 1.7
    "tensorflow.contrib.keras.python.keras.preprocessing.text",  # TensorFlow 1.1 to 1.3
)
"""Where Keras's `Tokenizer` has been."""

KINDS = {
    **{f"{module}.Tokenizer": "Tokenizer" for module in TOKENIZER_MODULES},
    "collections.OrderedDict": "OrderedDict",
    "collections.defaultdict": "defaultdict",
    # Protocols 0 to 2 write the names of Python 2.
    **dict.fromkeys(("builtins.int", "__builtin__.int", "__builtin__.long"), "int"),
    **dict.fromkeys(("builtins.object", "__builtin__.object"), "object"),
    **dict.fromkeys(("copyreg._reconstructor", "copy_reg._reconstructor"), "reconstructor"),
}
"""The names that a pickled tokenizer refers to. They stand for a kind, and are not imported."""

_LARGEST = 2**63
_DEEPEST = 100
_SHOWN = 100  # characters of a name in a message


@dataclass(frozen=True)
class Name:
    """What stands for a class or a function: its kind."""

    kind: str


@dataclass(eq=False)
class Record:
    """What stands for a tokenizer: its attributes."""

    attributes: dict[Any, Any] = field(default_factory=dict)


def unpickle(data: bytes) -> tuple[Any, int]:
    """Return what a pickle holds, as plain data and `Record`, and the number of bytes read.

    Raises:
        ArtifactError: It does what no pickled tokenizer does, or it is damaged.
    """
    machine, end = _Machine(len(data)), 0
    try:
        for opcode, argument, position in pickletools.genops(data):
            machine.run(opcode.name, argument)
            end = (position or 0) + 1
        return machine.stack.pop(), end
    except ArtifactError:
        raise
    except Exception as error:  # no list of what pickletools raises on damaged bytes is complete
        reason = " ".join(str(error).split())[:_SHOWN] or type(error).__name__
        raise ArtifactError(f"it is damaged or cut ({reason}); copy it again") from error


class _Machine:
    """The stack and the memo of a pickle's program."""

    def __init__(self, size: int) -> None:
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []  # the stacks below each mark
        self.memo: dict[int, Any] = {}
        # A tokenizer has fewer: a container takes 8 bytes of the file, and a memoized one 4.
        self.containers, self.most_memos = 1000 + size // 8, 1000 + size // 4

    def run(self, opcode: str, argument: Any) -> None:
        """Carry out an instruction."""
        action = _ACTIONS.get(opcode)
        if action is None:
            raise ArtifactError(f"it has the instruction {opcode}, which no Keras tokenizer needs")
        action(self, argument)

    def push(self, value: Any) -> None:
        """Put a value on the stack."""
        if isinstance(value, int) and abs(value) > _LARGEST:
            raise ArtifactError("it holds an integer of more than 64 bits")
        self.stack.append(value)

    def push_new(self, container: Any) -> None:
        """Put a container that is new on the stack."""
        self.containers -= 1
        if self.containers < 0:
            raise ArtifactError("it holds more lists and dicts than a tokenizer needs")
        self.stack.append(container)

    def push_name(self, module: Any, name: Any) -> None:
        """Put what stands for a class or a function on the stack."""
        kind = KINDS.get(f"{module}.{name}")
        if kind is None:
            raise ArtifactError(f"it refers to {f'{module}.{name}'[:_SHOWN]!r}")
        self.stack.append(Name(kind))

    def push_name_on_stack(self) -> None:
        """Put what stands for a name on the stack, whose parts are there."""
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(module, str) or not isinstance(name, str):
            raise ArtifactError("it refers to a name that is no string")
        self.push_name(module, name)

    def mark(self) -> None:
        """Begin a new stack on top."""
        if len(self.marked) == _DEEPEST:
            raise ArtifactError(f"it is nested more than {_DEEPEST} deep")
        self.marked.append(self.stack)
        self.stack = []

    def pop_to_mark(self) -> list[Any]:
        """Return the values of the stack on top, and go back to the one below."""
        values, self.stack = self.stack, self.marked.pop()
        return values

    def memoize(self, key: int) -> None:
        """Keep the value on top of the stack, to be pushed again."""
        if len(self.memo) == self.most_memos:
            raise ArtifactError("it keeps more values for later than a tokenizer needs")
        self.memo[key] = self.stack[-1]

    def append(self, values: list[Any]) -> None:
        """Add values to the list on top of the stack."""
        if not isinstance(self.stack[-1], list):
            raise ArtifactError("it appends to what is no list")
        self.stack[-1].extend(values)

    def set_items(self, values: list[Any]) -> None:
        """Add keys and values, which alternate, to the dict on top of the stack."""
        table = self.stack[-1]
        if not isinstance(table, dict):
            raise ArtifactError("it sets items of what is no dict")
        _fill(table, list(zip(values[::2], values[1::2], strict=True)))

    def push_dict(self) -> None:
        """Put a dict of the keys and values of the stack on top on the one below."""
        values = self.pop_to_mark()
        self.push_new({})
        self.set_items(values)

    def pop(self, number: int) -> list[Any]:
        """Return the last values of the stack."""
        if len(self.stack) < number:
            raise IndexError("too few values")
        values = self.stack[len(self.stack) - number :]
        del self.stack[len(self.stack) - number :]
        return values

    def call(self) -> None:
        """Make what a call would return: the function and its arguments are on the stack."""
        match self.pop(2):
            case [Name("OrderedDict"), ()] | [Name("defaultdict"), (Name("int"),)]:
                self.push_new({})
            case [Name("OrderedDict"), (list() as pairs,)]:  # Python 2
                self.push_new(_fill({}, pairs))
            case [Name("reconstructor"), (Name("Tokenizer"), Name("object"), None)]:
                self.push_new(Record())
            case _:
                raise ArtifactError("it calls a function as no Keras tokenizer does")

    def make(self) -> None:
        """Make an object: its class and the arguments are on the stack."""
        if self.pop(2) != [Name("Tokenizer"), ()]:
            raise ArtifactError("it makes an object as no Keras tokenizer does")
        self.push_new(Record())

    def set_attributes(self) -> None:
        """Give the tokenizer on the stack the attributes in the dict above it."""
        record, attributes = self.pop(2)
        if not isinstance(record, Record) or not isinstance(attributes, dict):
            raise ArtifactError("it sets the attributes of what is no tokenizer")
        record.attributes.update(attributes)
        self.stack.append(record)


def _fill(table: dict[Any, Any], pairs: list[Any]) -> dict[Any, Any]:
    """Add pairs of keys and values; keys are plain, since hashing others can take for ever."""
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ArtifactError("it makes a dict of what are no pairs")
        if not isinstance(pair[0], str | int):
            raise ArtifactError("it has a dict whose keys are neither strings nor integers")
        table[pair[0]] = pair[1]
    return table


_Action = Callable[[_Machine, Any], None]

_ACTIONS: dict[str, _Action] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda *_: None),
    **dict.fromkeys(
        (
            *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"),
            *("FLOAT", "BINFLOAT", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
        ),
        _Machine.push,
    ),
    **dict.fromkeys(  # strings of Python 2, which are bytes
        ("STRING", "BINSTRING", "SHORT_BINSTRING"),
        lambda machine, value: machine.push(value.encode("latin-1").decode("utf-8")),
    ),
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "MARK": lambda machine, _: machine.mark(),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _Machine.memoize),
    "MEMOIZE": lambda machine, _: machine.memoize(len(machine.memo)),
    **dict.fromkeys(
        ("GET", "BINGET", "LONG_BINGET"), lambda machine, key: machine.push(machine.memo[key])
    ),
    "EMPTY_DICT": lambda machine, _: machine.push_new({}),
    "EMPTY_LIST": lambda machine, _: machine.push_new([]),
    "EMPTY_TUPLE": lambda machine, _: machine.push_new(()),
    "TUPLE1": lambda machine, _: machine.push_new(tuple(machine.pop(1))),
    "TUPLE2": lambda machine, _: machine.push_new(tuple(machine.pop(2))),
    "TUPLE3": lambda machine, _: machine.push_new(tuple(machine.pop(3))),
    "TUPLE": lambda machine, _: machine.push_new(tuple(machine.pop_to_mark())),
    "LIST": lambda machine, _: machine.push_new(machine.pop_to_mark()),
    "DICT": lambda machine, _: machine.push_dict(),
    "APPEND": lambda machine, _: machine.append(machine.pop(1)),
    "APPENDS": lambda machine, _: machine.append(machine.pop_to_mark()),
    "SETITEM": lambda machine, _: machine.set_items(machine.pop(2)),
    "SETITEMS": lambda machine, _: machine.set_items(machine.pop_to_mark()),
    "GLOBAL": lambda machine, names: machine.push_name(*names.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _: machine.push_name_on_stack(),
    "REDUCE": lambda machine, _: machine.call(),
    "NEWOBJ": lambda machine, _: machine.make(),
    "BUILD": lambda machine, _: machine.set_attributes(),
}
"""What each instruction does; there are no others."""
