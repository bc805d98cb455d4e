"""Compiled loops where nothing can be kept on the disk."""

import pytest
from numba.core import caching

from textseq.compute.compiled import compiled


def double(numbers):
    total = 0
    for number in numbers:
        total += 2 * number
    return total


def test_it_is_kept_on_disk_where_there_is_a_place():
    function = compiled(double)
    assert function((1, 2, 3)) == 12
    found, made = function.stats.cache_hits, function.stats.cache_misses
    assert sum(found.values()) + sum(made.values()) == 1


def test_a_read_only_installation_compiles_all_the_same(monkeypatch):
    """Neither beside the source nor in the user's own folder can a file be written."""
    for locator in caching.CacheImpl._locator_classes:
        monkeypatch.setattr(locator, "ensure_cache_path", refuse)
    with pytest.raises(RuntimeError, match="no locator available"):
        caching.FunctionCache(double)
    assert compiled(double)((1, 2, 3)) == 12


def refuse(_locator):
    raise OSError("read-only file system")
