from __future__ import annotations

import json

import pytest

from textseq.cli.console import format_bytes


@pytest.fixture
def ids(textseq, giants):
    path = giants.parent / "ids.parquet"
    assert textseq("tokenize", giants, "--output", path).exit_code == 0
    return path


def test_a_table_and_json_say_the_same(textseq, ids):
    table = textseq("inspect", ids)
    assert table.exit_code == 0
    found = json.loads(textseq("inspect", ids, "--json").stdout)
    assert found["kind"] == "sequences"
    assert found["sound"] is True
    assert found["figures"]["tokens"] == 11
    for name in found["figures"]:
        assert name in table.stdout


def test_a_damaged_file_exits_with_1(textseq, ids):
    ids.write_bytes(ids.read_bytes()[:-20])
    done = textseq("inspect", ids)
    assert done.exit_code == 1
    assert "no: " in done.stdout
    found = json.loads(textseq("inspect", ids, "--json").stdout)
    assert found["sound"] is False
    assert found["problem"]


def test_what_is_unknown_is_one_line(textseq, giants):
    done = textseq("inspect", giants)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("textseq: ")


def test_sizes_have_units():
    assert [format_bytes(n) for n in (999, 2_500, 31_400_000, 10**16)] == [
        "999 bytes", "2.5 kB", "31.4 MB", "10000.0 TB",
    ]  # fmt: skip
