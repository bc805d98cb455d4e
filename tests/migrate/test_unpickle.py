"""Pickles are read as plain data: what a tokenizer needs is carried out, all else refused."""

import collections
import contextlib
import os
import pickle
import pickletools
import struct
import subprocess
import sys
import types

import joblib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import text as keras_text

from textseq.errors import ArtifactError
from textseq.migrate.unpickle import TOKENIZER_MODULES, Name, Record, unpickle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
TEXTS = ["Ain't no mountain high enough!", "한국 \ud83d high"]


def fitted(**settings):
    tokenizer = keras_text.Tokenizer(**settings)
    tokenizer.fit_on_texts(TEXTS)
    return tokenizer


def plain(tokenizer):
    return {k: dict(v) if isinstance(v, dict) else v for k, v in vars(tokenizer).items()}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("pickler", [pickle._Pickler, pickle.Pickler], ids=["python", "c"])
def test_all_protocols(tmp_path, protocol, pickler):
    tokenizer = fitted(num_words=5, oov_token="<unk>", filters=["!", "."])
    with (tmp_path / "t").open("wb") as file:
        pickler(file, protocol).dump(tokenizer)
    data = (tmp_path / "t").read_bytes()
    for each in (data, pickletools.optimize(data)):
        made, end = unpickle(each + b"more")
        assert made.attributes == plain(tokenizer)
        assert end == len(each)


@pytest.mark.parametrize("module", TOKENIZER_MODULES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_modules_that_had_the_class(module, protocol, monkeypatch):
    elsewhere = types.ModuleType(module)
    elsewhere.Tokenizer = type("Tokenizer", (), {"__module__": module})
    monkeypatch.setitem(sys.modules, module, elsewhere)
    packages = module.split(".")[:-1]
    for i in range(1, len(packages) + 1):
        package = ".".join(packages[:i])
        monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
    tokenizer = elsewhere.Tokenizer()
    vars(tokenizer).update(vars(fitted()))
    data = pickle.dumps(tokenizer, protocol)
    monkeypatch.delitem(sys.modules, module)
    assert unpickle(data)[0].attributes == plain(fitted())


def test_python_2():
    """Strings are bytes, and an OrderedDict is made of a list of pairs."""
    data = (
        b"\x80\x02ckeras.preprocessing.text\nTokenizer\nq\x00)\x81q\x01}q\x02("
        b"U\x0bword_countsccollections\nOrderedDict\n](](U\x02\xc3\xa9K\x02e](X\x01\x00\x00\x00aK\x01ee"
        b"\x85RU\x09num_wordsNU\x05lowerI01\nS'split'\nU\x01 ub."
    )
    made, _ = unpickle(data)
    expected = {"word_counts": {"é": 2, "a": 1}, "num_words": None, "lower": True, "split": " "}
    assert made.attributes == expected


def test_joblib(tmp_path):
    joblib.dump(fitted(), tmp_path / "t.joblib")
    made, _ = unpickle((tmp_path / "t.joblib").read_bytes())
    assert made.attributes == plain(fitted())


SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text()
PLAIN = st.recursive(
    SCALARS | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(-9, 2**63), inner)
        | st.dictionaries(st.text(), inner).map(collections.OrderedDict)
        | st.dictionaries(st.text(), inner).map(lambda table: collections.defaultdict(int, table))
    ),
    max_leaves=20,
)


@given(PLAIN, st.sampled_from(PROTOCOLS))
def test_plain_data_is_what_pickle_makes_of_it(value, protocol):
    data = pickle.dumps(value, protocol)
    assert unpickle(data) == (value, len(data))


class Call:
    def __init__(self, function, *arguments):
        self.parts = function, arguments

    def __reduce__(self):
        return self.parts


class Other:
    pass


DILL = b"\x80\x04\x8c\ndill._dill\x8c\n_load_type\x93\x8c\x03int\x85R."


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Call(os.system, "touch boom"), "system'"),
        (Call(eval, "1"), "eval'"),
        (Call(getattr, keras_text.Tokenizer, "to_json"), "getattr'"),
        (Other(), "Other'"),
        (subprocess.Popen, "Popen'"),
        (print, "print'"),
        (complex, "complex'"),
        ({1: Call(os.system, "touch boom")}, "system'"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value)[:20],
)
def test_other_names_are_refused_by_name(value, name, protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArtifactError, match="it refers to ") as refused:
        unpickle(pickle.dumps(value, protocol))
    assert name in str(refused.value)
    assert not list(tmp_path.iterdir())


HOSTILE = {
    "dill": (DILL, "'dill._dill._load_type'"),
    "an analyzer": (pickle.dumps({"analyzer": os.path.join}), "join'"),
    "bytes": (pickle.dumps(b"a", 4), "instruction SHORT_BINBYTES"),
    "a set": (pickle.dumps({1}, 4), "instruction EMPTY_SET"),
    "a persistent id": (b"Pabc\n.", "instruction PERSID"),
    "an extension": (b"\x82\x01.", "instruction EXT1"),
    "an instance of old": (b"(ios\nsystem\n.", "instruction INST"),
    "a name that is made": (b"\x80\x04\x8c\x02os]\x93.", "a name that is no string"),
    "a call of int": (b"cbuiltins\nint\n(I5\ntR.", "calls a function"),
    "defaultdict of a class": (
        b"ccollections\ndefaultdict\n(ckeras.preprocessing.text\nTokenizer\ntR.",
        "calls a function",
    ),
    "a class with arguments": (
        b"\x80\x02ckeras.preprocessing.text\nTokenizer\nK\x01\x85\x81.",
        "makes an object",
    ),
    "attributes of a class": (
        b"ckeras.preprocessing.text\nTokenizer\n}b.",
        "attributes of what is no tokenizer",
    ),
    "a huge integer": (b"\x8b" + struct.pack("<i", 2**20) + b"\x7f" * 2**20 + b".", "64 bits"),
    "a huge decimal": (b"I" + b"9" * 10_000 + b"\n.", "64 bits|digits"),
    "a size that lies": (b"\x8d" + b"\xff" * 7 + b"\x7f.", "damaged or cut"),
    "nested marks": (b"(" * 10**6 + b".", "nested more than"),
    "nested lists": (b"]" * 10**6 + b"a" * (10**6 - 1) + b".", "more lists and dicts"),
    "many memos": (b"]" + b"\x94" * 10**6 + b".", "more values for later"),
    "tuples that take for ever to hash": (
        b"\x80\x02}" + b"N" + b"".join(b"\x94h%c\x86" % 0 for _ in range(50)) + b"K\x01s.",
        "damaged|neither strings nor integers",
    ),
    "no memo": (b"h\x05.", "damaged"),
    "nothing": (b".", "damaged"),
    "an odd number of items": (b"}(K\x01u.", "damaged"),
    "cut": (pickle.dumps(fitted())[:-20], "damaged or cut"),
}


@pytest.mark.parametrize(("data", "message"), HOSTILE.values(), ids=HOSTILE)
def test_hostile(data, message):
    with pytest.raises(ArtifactError, match=message):
        unpickle(data)


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(content):
    for start in (b"", b"\x80\x04", pickle.dumps(fitted())[:200]):
        with contextlib.suppress(ArtifactError):
            unpickle(start + content)


@given(st.data())
def test_a_changed_tokenizer_is_read_or_refused(data):
    whole = bytearray(pickle.dumps(fitted(), data.draw(st.sampled_from(PROTOCOLS))))
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        whole[place] = data.draw(st.integers(0, 255))
    try:
        made, _ = unpickle(bytes(whole))
    except ArtifactError:
        return
    kinds = Record | Name | dict | list | tuple | str | int | float | None
    assert isinstance(made, kinds)
