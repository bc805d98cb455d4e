"""Public names that load on first use."""

import pytest

from textseq.compute.lazy import lazy_exports


def test_a_name_comes_from_its_home_and_a_module_is_its_own():
    get, names, public = lazy_exports("paths", {"join": "os.path", "path": "os.path"})
    assert get("join")("a", "b") == "a/b"
    assert get("path").__name__ in ("posixpath", "ntpath")
    assert names() == public == ["join", "path"]


def test_an_unknown_name_is_an_attribute_error():
    get, _, _ = lazy_exports("paths", {})
    with pytest.raises(AttributeError, match="module 'paths' has no attribute 'split'"):
        get("split")
