"""What is a part in a folder of part files."""

from textseq.files.part_files import holds_only, is_folder, visible_entries


def test_names_that_begin_with_a_mark_are_no_parts(tmp_path):
    for name in ("b", "B", "part-10", "part-09", "_SUCCESS", "._SUCCESS.crc", ".b.partial"):
        (tmp_path / name).touch()
    assert [path.name for path in visible_entries(tmp_path)] == ["B", "b", "part-09", "part-10"]


def test_a_folder_of_one_extension(tmp_path):
    assert not holds_only(tmp_path, ".parquet")
    assert not holds_only(tmp_path / "none", ".parquet")
    (tmp_path / "a.parquet").touch()
    (tmp_path / "_temporary").mkdir()
    assert holds_only(tmp_path, ".parquet")
    (tmp_path / "deeper.parquet").mkdir()
    assert not holds_only(tmp_path, ".parquet")


def test_names_that_no_folder_has(tmp_path):
    assert is_folder(tmp_path)
    for name in ("", "a\0b", "a" * 5000, str(tmp_path / "none")):
        assert not is_folder(name)
