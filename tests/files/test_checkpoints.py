from __future__ import annotations

import pytest

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.checkpoints import make_folder, refuse_other

DIGESTS = {"text": "is of another text"}


def test_the_same_origin_is_taken_whatever_json_makes_of_it(tmp_path):
    refuse_other(tmp_path, {"window": [2, 3], "path": str(tmp_path)},
                 {"window": (2, 3), "path": tmp_path}, DIGESTS)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "wanted", "message"),
    [
        ({"window": 5}, {"window": 3}, "was made with window 5, where 3 is asked for now"),
        ({}, {"window": 3}, "was made with window None, where 3"),
        ({"text": "0a"}, {"text": "0b"}, "is of another text; repeat"),
    ],
)
def test_another_is_refused_and_the_difference_named(tmp_path, found, wanted, message):
    with pytest.raises(ArtifactError, match=message):
        refuse_other(tmp_path / "state", found, wanted, DIGESTS)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    assert make_folder(tmp_path / "a" / "b").is_dir()
    with pytest.raises(ArgumentError, match="for checkpoints cannot be made: "):
        make_folder(tmp_path / "file" / "state")
