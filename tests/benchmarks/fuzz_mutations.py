"""Damage: random changes to valid files, of their bytes and of what their bytes mean.

Changing bytes alone seldom gets past a checksum or a length. So zip archives are packed anew around
a changed member, JSON is changed as a tree (also where a string holds JSON, as in Keras's layout),
and the headers of .npy and safetensors are rewritten to fit.
"""

import contextlib
import copy
import gzip
import io
import json
import pickletools
import re
import struct
import zipfile

TRAP = "textseq_trap"  # a module that leaves a mark when it is imported; see fuzzing.py

_NUMBERS = (
    0,
    1,
    -1,
    2,
    127,
    255,
    65_535,
    2**31 - 1,
    -(2**31),
    2**32 - 1,
    2**62,
    2**63 - 1,
    -(2**63),
)
_TOKENS = (
    b"\0", b"\n", b"\r\n", b" ", b",", b"\t", b'"', b"{", b"}", b"[" * 50_000, b'{"a":' * 50_000,
    b"9" * 5_000, b"1e999", b"-1", b"nan", b"NaN", b"Infinity", b"null", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"'|O'", b"'<f8'", b"(1000000000000,)", b"PAR1",
    b"PK\x03\x04", b"\x1f\x8b", b"__label__", b"x" * 70_000,
)  # fmt: skip
_VALUES = (
    None, True, False, 0, 1, -1, 0.5, -0.0, 5e-324, 1e308, -1e308, float("nan"), float("inf"),
    2**31, 2**63, 2**70, 10**400, "", "x", "x" * 10_000, "\ud800", "\0", "1", "{}", "[1, 2]",
    [], {}, [[]], [[[1]]], {"a": {}}, {"x": 1, "y": 2}, [1, 2, 3], ["a", "b"], "words",
    "lstm", "gru", "attention", "ngrams", f"{TRAP}:touch", "os:system", "builtins:exec",
)  # fmt: skip


def of_bytes(random, data, others=(), *, first=0):
    """Change some bytes at or after `first`."""
    data = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 8, 30))):
        if len(data) <= first:
            break
        at = random.randrange(first, len(data))
        random.choice(_OPERATIONS)(random, data, at, others)
    return bytes(data)


def _flip(random, data, at, others):
    data[at] ^= 1 << random.randrange(8)


def _set(random, data, at, others):
    data[at] = random.choice((0, 1, 127, 128, 255, random.randrange(256)))


def _number(random, data, at, others):
    size, order = random.choice((1, 2, 4, 8)), random.choice(("little", "big"))
    value = random.choice(_NUMBERS) % (1 << 8 * size)
    data[at : at + size] = value.to_bytes(size, order)


def _cut(random, data, at, others):
    del data[at : at + random.choice((1, 2, 8, 100, len(data)))]


def _repeat(random, data, at, others):
    piece = data[at : at + random.choice((1, 4, 30, 500))]
    data[at:at] = piece * random.choice((1, 2, 50))


def _insert(random, data, at, others):
    data[at:at] = random.choice(
        (random.choice(_TOKENS), random.randbytes(random.choice((1, 4, 40))))
    )


def _splice(random, data, at, others):
    other = random.choice(others) if others else bytes(data)
    start = random.randrange(len(other) + 1)
    data[at:] = other[start:]


def _digits(random, data, at, others):
    runs = list(re.finditer(rb"-?\d+", bytes(data[:100_000])))
    if runs:
        run = random.choice(runs)
        data[run.start() : run.end()] = str(random.choice(_NUMBERS)).encode()


_OPERATIONS = (_flip, _flip, _set, _number, _number, _cut, _repeat, _insert, _splice, _digits)


def of_json(random, data, others=()):
    """Change a JSON document as a tree; sometimes its bytes."""
    if random.random() < 0.3:
        return of_bytes(random, data, others)
    tree = json.loads(data)
    for _ in range(random.choice((1, 1, 2, 5))):
        tree = of_tree(random, tree)
    return json.dumps(tree).encode()


def of_json_lines(random, data, others=()):
    """Change one line of JSON as a tree; sometimes bytes anywhere."""
    lines = data.splitlines(keepends=True)
    if random.random() < 0.4:
        return of_bytes(random, data, others)
    at = random.choice([at for at, line in enumerate(lines) if line.strip()])
    lines[at] = of_json(random, lines[at]) + b"\n"
    return b"".join(lines)


def of_tree(random, tree):
    """Change one node somewhere in a tree."""
    if isinstance(tree, str) and tree[:1] in ("{", "[") and random.random() < 0.9:
        with contextlib.suppress(ValueError):
            return json.dumps(of_tree(random, json.loads(tree)))
    if isinstance(tree, dict | list) and tree and random.random() < 0.85:
        return _of_branch(random, tree)
    if random.random() < 0.5:
        return _nearby(random, tree)
    return copy.deepcopy(random.choice(_VALUES))


def _nearby(random, value):
    """Return a value that a reader may well take for a sound one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + random.choice((-1, 1, 2, 100, -2 * value))
    if isinstance(value, str):
        at = random.randrange(len(value) + 1)
        return (
            value[:at] + random.choice(("", "x", " ", "\0", "1", "\ud800", "거")) + value[at + 1 :]
        )
    return value


def _of_branch(random, tree):
    keys = list(tree) if isinstance(tree, dict) else range(len(tree))
    key = random.choice(keys)
    kind = random.random()
    if kind < 0.1:
        del tree[key]
    elif kind < 0.2 and isinstance(tree, dict):
        tree[str(random.choice(_VALUES))] = tree.pop(key)
    elif kind < 0.3:
        tree[key] = copy.deepcopy(tree[random.choice(keys)])
    else:
        tree[key] = of_tree(random, tree[key])
    return tree


_STRUCTURED = (
    "()", "((),)", "(((),),)", "[]", "[()]", "[('a',)]", "[('a', '<i4')]", "[('', '<f4', (2, 2))]",
    "('<f4', ())", "('<f4', (0,))", "('<i4', (1000000, 1000000))", "{}", "{'names': 1}", "None",
    "1", "[['a', 'b']]", "[('a', '|O')]", "{'names': ['a'], 'formats': ['|O']}", "'<f4', '<f4'",
)  # fmt: skip


def of_npy(random, data, others=()):
    """Change the header of an array, its length kept in step, or any bytes."""
    if random.random() < 0.4 or not data.startswith(b"\x93NUMPY\x01"):
        return of_bytes(random, data, others)
    size = struct.unpack_from("<H", data, 8)[0]
    header, body = data[10 : 10 + size], data[10 + size :]
    shape = random.choice(
        ("()", "(0,)", "(-1,)", "(3, 3)", "(10**12,)", "(1000000000000,)", "(2305843009213693952,)",
         "(4, 1000000000)", "('a',)", "None", "(1.5,)")
    )  # fmt: skip
    kinds = (
        "|O",
        "<i8",
        "<f4",
        "|S5",
        "<U3",
        "<U1000000",
        "<M8[s]",
        "|V8",
        ">i4",
        "?",
        "<c16",
        "x",
    )
    if random.random() < 0.5:
        header = re.sub(rb"\([^)]*\)", shape.encode(), header)
    if random.random() < 0.5:
        kind = random.choice((*(f"'{kind}'" for kind in kinds), *_STRUCTURED))
        header = re.sub(rb"'descr': '[^']*'", lambda _: f"'descr': {kind}".encode(), header)
    if random.random() < 0.3:
        header = of_bytes(random, header)
    return data[:8] + struct.pack("<H", len(header) % 65_536) + header + body


def of_zip(random, data, others=()):
    """Pack an archive anew around a changed, renamed, repeated or missing member."""
    if random.random() < 0.3:
        return of_bytes(random, data, others)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [[name, archive.read(name)] for name in archive.namelist()]
    member = random.choice(members)
    kind = random.random()
    if kind < 0.7:
        member[1] = of_npy(random, member[1], [content for _, content in members])
    elif kind < 0.8:
        members.remove(member)
    elif kind < 0.9:
        member[0] = random.choice(members)[0]
    else:
        member[1] = random.choice(members)[1]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", random.choice((0, 8, 8, 12, 14))) as archive:
        for name, content in members:
            archive.writestr(name, content)
    whole = packed.getvalue()
    if random.random() < 0.3:  # what is packed, with sound sizes and names around it
        at = random.randrange(40, max(41, whole.rindex(b"PK\x01\x02")))
        return whole[:at] + bytes([whole[at] ^ random.randrange(1, 256)]) + whole[at + 1 :]
    return whole


def of_gzip(random, data, others=()):
    """Change what is packed, or the packed bytes."""
    if random.random() < 0.4:
        return of_bytes(random, data, others)
    return gzip.compress(of_bytes(random, gzip.decompress(data)), 1)


def of_parquet(random, data, others=()):
    """Change bytes anywhere, or in the table of contents at the end alone."""
    if random.random() < 0.5:
        return of_bytes(random, data, others)
    size = struct.unpack_from("<I", data, len(data) - 8)[0]
    start = len(data) - 8 - size
    if random.random() < 0.5:
        return of_bytes(random, data, first=max(0, start))
    footer = of_bytes(random, data[start:-8])
    return data[:start] + footer + struct.pack("<I", len(footer)) + b"PAR1"


_DTYPES = ("BF16", "F8_E4M3", "F8_E5M2", "F4", "F6_E2M3", "F8_E8M0", "F64", "F16", "I8", "U64",
           "BOOL", "C64", "x", "", None, 5)  # fmt: skip
_SHAPES = (
    [], [0], [1] * 33, [1] * 64, [1] * 65, [2**32, 2**32], [2**63, 2], [2**31, 2**31, 4], [-1],
    [1.5], ["1"], None, {}, [[1]], [0, 2**62], [2**64], [10**30], [True],
)  # fmt: skip


def of_safetensors(random, data, others=()):
    """Change the types, shapes, places or metadata in the header, its length kept in step."""
    if random.random() < 0.2:
        return of_bytes(random, data, others)
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8 : 8 + size])
    tensors = [name for name in header if name != "__metadata__"]
    name, kind = random.choice(tensors), random.random()
    if kind < 0.25:
        header[name]["dtype"] = random.choice(_DTYPES)
    elif kind < 0.5:
        header[name]["shape"] = random.choice(_SHAPES)
    elif kind < 0.6:  # another type and shape for as many bytes
        start, end = header[name]["data_offsets"]
        dtype, width = random.choice((("F64", 8), ("F16", 2), ("BF16", 2), ("U8", 1), ("I32", 4)))
        shape = [1] * random.choice((0, 0, 1, 31, 63)) + [(end - start) // width]
        header[name] |= {"dtype": dtype, "shape": shape}
    elif kind < 0.7:
        other = random.choice(tensors)
        header[other], header[name] = header[name], header[other]
    elif kind < 0.75:
        at = 8 + size + random.randrange(max(1, len(data) - 8 - size))
        value = struct.pack("<f", random.choice((float("nan"), float("inf"), -1e38, 1e38, 0)))
        data = data[:at] + value + data[at + 4 :]
    if kind > 0.75 and "__metadata__" in header:
        header["__metadata__"] = of_tree(random, header["__metadata__"])
        text = json.dumps(header).encode()
    else:
        text = json.dumps(header).encode() if kind < 0.75 else of_json(random, data[8 : 8 + size])
    return struct.pack("<Q", len(text)) + text + data[8 + size :]


_CELLS = (
    b"", b" ", b'"', b'""', b'"a', b'a"', b'"a"b', b'"a\nb"', b"\r", b"a\rb", b"\r\n", b"\x85",
    b"\0", b"\xff", "\u2028".encode(), b"nan", b"NULL", b"1.0", b"-1", b"1e999", b"__label__a",
    b"label", b"text", b"'", b"\\", b";", b"|", b",", b"\t", b"x" * 3_000_000,
    b"\x1b]0;t\x07", "\u202e".encode(),
)  # fmt: skip


def of_table(random, data, others=()):
    """Change cells, rows or the delimiter of a table or of lines, or any bytes."""
    if random.random() < 0.4:
        return of_bytes(random, data, others)
    mark = random.choice([mark for mark in (b"\t", b",", b";", b" ") if mark in data] or [b" "])
    rows = [row.split(mark) for row in data.split(b"\n")]
    for _ in range(random.choice((1, 1, 2, 5))):
        row = random.choice(rows)
        at, how = random.randrange(len(row)), random.random()
        if how < 0.5:
            row[at] = random.choice(_CELLS)
        elif how < 0.65:
            row.insert(at, random.choice(_CELLS))
        elif how < 0.8 and len(row) > 1:
            del row[at]
        else:
            rows.insert(random.randrange(len(rows)), list(random.choice(rows)))
    changed = random.choice((mark, mark, mark, mark, b",", b"\t", b";", b"|", b"::"))
    end = random.choice((b"\n",) * 6 + (b"\r\n", b"\r", b"\n\n", b"\r\r\n"))
    text = end.join(changed.join(row) for row in rows)
    if random.random() < 0.1:
        with contextlib.suppress(UnicodeError):
            return text.decode().encode(random.choice(("utf-16", "utf-8-sig", "utf-32", "cp949")))
    return text


_INSTRUCTIONS = (
    *(f"c{name}\n".encode() for name in (f"{TRAP}\ntouch", "os\nsystem", "builtins\neval",
      "collections\nOrderedDict", "collections\ndefaultdict", "copyreg\n_reconstructor",
      "builtins\nint", "builtins\nobject", "keras.preprocessing.text\nTokenizer")),
    b"(", b")", b"]", b"}", b"N", b"K\x05", b"X\x01\0\0\0a", b"\x8c\x02os", b"\x8c\x06system",
    b"\x93", b"R", b"\x81", b"\x92", b"b", b"o", b"0", b"1", b"2", b"s", b"u", b"a", b"e", b"t",
    b"l", b"d", b"\x85", b"\x86", b"\x87", b"h\x00", b"h\x01", b"\x94", b"q\x00", b".",
    b"\x8a\x08" + b"\x7f" * 8, b"\x8b\0\0\x01\0" + b"\x7f" * 65_536, b"I" + b"9" * 5_000 + b"\n",
    b"(" * 50_000, b"]" * 50_000, b"}" * 50_000, b"]\x94" * 50_000, b")\x94\x86" * 10_000,
    b"h\x00" * 50_000, b"\x8d" + b"\xff" * 7 + b"\x7f", b"\x8e\x05\0\0\0\0\0\0\0abcde", b"\x97",
    f"Vos\nV{TRAP}\n\x93".encode(), f"i{TRAP}\ntouch\n".encode(), b"Pid\n", b"\x82\x01",
)  # fmt: skip


def of_pickle(random, data, others=()):
    """Change the instructions of a pickle: drop, repeat, move or replace some, or add hostile."""
    if random.random() < 0.3:
        return of_bytes(random, data, others)
    starts = [position for _, _, position in pickletools.genops(data)]
    parts = [data[i:j] for i, j in zip(starts, [*starts[1:], len(data)], strict=True)]
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        at, hostile = random.randrange(len(parts)), random.choice(_INSTRUCTIONS)
        how = random.randrange(6)
        if how == 0:
            parts.insert(at, hostile)
        elif how == 1:
            parts[at] = hostile
        elif how == 2:
            parts[at:at] = parts[at : at + random.choice((1, 5, 50))] * random.choice((1, 2, 20))
        elif how == 3:
            del parts[at : at + random.choice((1, 2, 20))]
        elif how == 4:
            parts.insert(at, parts[random.randrange(len(parts))])
        else:
            parts[at:at] = [hostile] * random.choice((2, 100))
        parts = parts or [b"."]
    return b"".join(parts)[: 1 << 20]
