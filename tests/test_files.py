"""Atomic files and folders: the old one or the new one, whole, and nothing beside it."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from textseq.errors import ArgumentError, OutputExistsError
from textseq.files import atomic_file, atomic_folder, check_output, sha256


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write_half(atomic, path, and_then):
    with atomic(path, force=True) as temporary:
        (temporary / "half" if temporary.is_dir() else temporary).write_text("half")
        and_then()


def write_file(path, content, force=False):
    with atomic_file(path, force=force) as temporary:
        temporary.write_text(content)


def write_folder(path, content, force=False):
    with atomic_folder(path, force=force) as temporary:
        (temporary / "deep").mkdir()
        (temporary / "deep" / "a.txt").write_text(content)


ATOMIC = {write_file: atomic_file, write_folder: atomic_folder}
KINDS = pytest.mark.parametrize(
    ("write", "inside"), [(write_file, ""), (write_folder, "deep/a.txt")], ids=["file", "folder"]
)


@KINDS
def test_a_new_output_appears_alone(tmp_path, write, inside):
    write(tmp_path / "out", "new")
    assert (tmp_path / "out" / inside).read_text() == "new"
    assert names(tmp_path) == ["out"]


@KINDS
def test_an_output_that_exists_is_kept_unless_forced(tmp_path, write, inside):
    write(tmp_path / "out", "old")
    with pytest.raises(OutputExistsError, match=r"exists and is not overwritten.*--force"):
        write(tmp_path / "out", "new")
    assert (tmp_path / "out" / inside).read_text() == "old"
    write(tmp_path / "out", "new", force=True)
    assert (tmp_path / "out" / inside).read_text() == "new"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("there_before", [True, False])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
@KINDS
def test_an_error_in_the_block_leaves_things_as_they_were(
    tmp_path, write, inside, error, there_before
):
    def interrupt():
        raise error

    if there_before:
        write(tmp_path / "out", "old")
    with pytest.raises(error):
        write_half(ATOMIC[write], tmp_path / "out", interrupt)
    assert names(tmp_path) == (["out"] if there_before else [])
    if there_before:
        assert (tmp_path / "out" / inside).read_text() == "old"


@KINDS
def test_an_output_that_appears_meanwhile_is_kept(tmp_path, write, inside):
    def atomic(path, force):
        return ATOMIC[write](path)

    with pytest.raises(OutputExistsError):
        write_half(atomic, tmp_path / "out", lambda: write(tmp_path / "out", "theirs"))
    assert (tmp_path / "out" / inside).read_text() == "theirs"
    assert names(tmp_path) == ["out"]


def test_a_folder_whose_last_rename_fails_is_put_back(tmp_path, monkeypatch):
    write_folder(tmp_path / "out", "old")
    rename = Path.replace

    def failing(self, target):
        if self.name == "new":
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match="No space left"):
        write_folder(tmp_path / "out", "new", force=True)
    assert (tmp_path / "out" / "deep" / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_the_temporary_name_keeps_the_extensions(tmp_path):
    with atomic_file(tmp_path / "vectors.txt.gz") as temporary:
        assert temporary.suffixes == [".txt", ".gz"]
        assert temporary.parent.parent == tmp_path
        temporary.write_text("x")


def test_the_mode_is_that_of_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    mode = (tmp_path / "plain").stat().st_mode
    with atomic_file(tmp_path / "ids") as temporary:
        temporary.touch(mode=0o600)
    with atomic_folder(tmp_path / "model") as temporary:
        (temporary / "weights").touch(mode=0o600)
    assert (tmp_path / "ids").stat().st_mode == mode
    assert (tmp_path / "model" / "weights").stat().st_mode == mode


def test_a_file_where_a_folder_is_and_the_other_way_round(tmp_path):
    write_folder(tmp_path / "folder", "x")
    write_file(tmp_path / "file", "x")
    with pytest.raises(OutputExistsError, match="is a folder"):
        write_file(tmp_path / "folder", "y", force=True)
    with pytest.raises(OutputExistsError, match="is a file"):
        write_folder(tmp_path / "file", "y", force=True)
    assert names(tmp_path) == ["file", "folder"]


def test_no_folder_to_write_in(tmp_path):
    with pytest.raises(ArgumentError, match=r"folder '.*nowhere' of the output .* does not exist"):
        check_output(tmp_path / "nowhere" / "a.txt")
    assert check_output(os.fspath(tmp_path / "a.txt")) == tmp_path / "a.txt"


def test_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"giants")
    assert sha256(tmp_path / "a") == hashlib.sha256(b"giants").hexdigest()
