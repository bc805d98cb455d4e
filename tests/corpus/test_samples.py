"""The sample corpora of the package."""

import pytest

from textseq.corpus import embedded_corpus
from textseq.corpus import samples as embedded
from textseq.errors import ArgumentError


@pytest.mark.parametrize("place", ["textseq/_corpora", "corpora"])
def test_found_in_a_wheel_and_in_a_checkout(monkeypatch, write, tmp_path, place):
    path = write(f"{place}/giants.txt", "ain't no mountain\n")
    write(f"{place}/README.md", "not a corpus")
    monkeypatch.setattr(embedded, "_PACKAGE", tmp_path / "textseq")
    assert embedded_corpus("giants.txt") == path
    with pytest.raises(ArgumentError, match=r"did you mean 'giants.txt'\? Known: giants.txt\."):
        embedded_corpus("giant.txt")


def test_a_name_is_not_a_path():
    with pytest.raises(ArgumentError, match="is not an embedded corpus"):
        embedded_corpus("../pyproject.toml")
