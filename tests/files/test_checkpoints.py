from __future__ import annotations

import pytest

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.checkpoints import check_fingerprint, make_folder

DIGESTS = {"text": "is of another text"}


def test_a_fingerprint_equals_itself_after_json(tmp_path):
    check_fingerprint(tmp_path, {"window": [2, 3], "path": str(tmp_path)},
                 {"window": (2, 3), "path": tmp_path}, DIGESTS)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "wanted", "message"),
    [
        ({"window": 5}, {"window": 3}, "was made with window 5, where 3 is asked for now"),
        ({}, {"window": 3}, "was made with window None, where 3"),
        ({"text": "0a"}, {"text": "0b"}, "is of another text; repeat"),
    ],
)
def test_the_first_difference_is_named(tmp_path, found, wanted, message):
    with pytest.raises(ArtifactError, match=message):
        check_fingerprint(tmp_path / "state", found, wanted, DIGESTS)


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    assert make_folder(tmp_path / "a" / "b").is_dir()
    with pytest.raises(ArgumentError, match="for checkpoints cannot be created: "):
        make_folder(tmp_path / "file" / "state")
