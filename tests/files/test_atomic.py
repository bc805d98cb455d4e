"""Atomic files and folders: the old one or the new one, whole, and nothing beside it."""

import contextlib
import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from textseq.errors import ArgumentError, OutputError, OutputExistsError
from textseq.files.atomic import atomic_file, atomic_folder
from textseq.files.partial import temporary_folder, temporary_place
from textseq.files.paths import check_output, sha256


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


def interrupted_at(step, act):
    """Run `act` with Ctrl-C at that step of the code in textseq/files; return whether it came."""
    steps = 0

    def count(frame, event, argument):
        nonlocal steps
        if "textseq/files/" not in frame.f_code.co_filename:
            return None
        steps += event == "line"
        if steps == step:
            sys.settrace(None)
            raise KeyboardInterrupt
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        act()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("there_before", [True, False])
@KINDS
def test_ctrl_c_at_any_step_leaves_the_old_or_the_new_one_alone(
    tmp_path, write, inside, there_before
):
    found = set()
    for step in range(1, 10_000):
        place = tmp_path / str(step)
        place.mkdir()
        if there_before:
            write(place / "out", "old")
        if not interrupted_at(step, lambda: write(place / "out", "new", force=True)):  # noqa: B023
            break
        assert names(place) in ([["out"]] if there_before else [[], ["out"]]), step
        found.add((place / "out" / inside).read_text() if names(place) else None)
    assert step > 100
    assert found == {"old" if there_before else None, "new"}


@KINDS
def test_an_output_that_appears_meanwhile_is_kept(tmp_path, write, inside):
    def by_another_program():
        write(tmp_path / "theirs", "theirs")
        (tmp_path / "theirs").rename(tmp_path / "out")

    def atomic(path, force):
        return ATOMIC[write](path)

    with pytest.raises(OutputExistsError):
        write_half(atomic, tmp_path / "out", by_another_program)
    assert (tmp_path / "out" / inside).read_text() == "theirs"
    assert names(tmp_path) == ["out"]


@KINDS
def test_of_two_writers_at_once_the_second_gets_an_error(tmp_path, write, inside):
    def as_second():
        with pytest.raises(OutputExistsError, match="being written by another process"):
            write(tmp_path / "link" / "out", "second", force=True)

    (tmp_path / "link").symlink_to(tmp_path)
    write_half(ATOMIC[write], tmp_path / "out", as_second)
    assert (tmp_path / "out").exists()
    assert names(tmp_path) == ["link", "out"]


def test_many_processes_write_one_target_and_it_is_whole(tmp_path):
    code = (
        "import sys; from pathlib import Path; from textseq.errors import OutputExistsError\n"
        "from textseq.files.atomic import atomic_file\n"
        "lost = 0\n"
        "for _ in range(200):\n"
        "    try:\n"
        "        with atomic_file(sys.argv[1], force=True) as temporary:\n"
        "            temporary.write_text(sys.argv[2] * 10_000)\n"
        "    except OutputExistsError as error:\n"
        "        assert 'another process' in str(error), error\n"
        "        lost += 1\n"
        "    text = Path(sys.argv[1]).read_text() if Path(sys.argv[1]).exists() else 'x' * 10_000\n"
        "    assert len(set(text)) == 1 and len(text) == 10_000\n"
        "print(lost)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, tmp_path / "out", letter], stdout=subprocess.PIPE
        )
        for letter in "ab"
    ]
    lost = [int(process.communicate()[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sum(lost) < 400
    assert names(tmp_path) == ["out"]


@KINDS
def test_what_a_dead_process_left_is_removed_by_the_next_one(tmp_path, write, inside):
    atomic = ATOMIC[write].__name__
    code = (
        f"import os, sys; from textseq.files.atomic import {atomic}\n"
        f"with {atomic}(sys.argv[1], force=True) as temporary:\n"
        "    (temporary / 'half' if temporary.is_dir() else temporary).write_text('half')\n"
        "    os.kill(os.getpid(), 9)"
    )
    write(tmp_path / "out", "old")
    for name in ("out", "other", "n" * 255):
        subprocess.run([sys.executable, "-c", code, tmp_path / name], check=False)
        assert len(names(tmp_path)) == 2  # the target, and what the last one left
    assert (tmp_path / "out" / inside).read_text() == "old"
    write(tmp_path / "third", "new")
    assert names(tmp_path) == ["out", "third"]


def test_a_temporary_folder_of_a_dead_process_goes_with_the_next_one(tmp_path, monkeypatch):
    code = (
        "import os; from textseq.files.partial import temporary_folder\n"
        "with temporary_folder() as folder:\n"
        "    (folder / 'tokens').write_text('many')\n"
        "    os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], env=environment, check=False)
        assert len(names(tmp_path)) == 1
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with temporary_folder() as one, temporary_folder() as other:
        (one / "tokens").write_text("few")
        assert names(tmp_path) == sorted([one.parent.name, other.parent.name])
    assert names(tmp_path) == []


def test_what_a_living_process_is_at_is_left_alone(tmp_path):
    with atomic_file(tmp_path / "slow") as temporary:
        temporary.write_text("slow")
        write_file(tmp_path / "quick", "quick")
        assert temporary.read_text() == "slow"
    assert names(tmp_path) == ["quick", "slow"]


def test_hidden_folders_of_others_are_left_alone(tmp_path):
    (tmp_path / ".theirs.partial").mkdir()
    (tmp_path / ".theirs.partial" / "x").write_text("theirs")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "textseq.lock").touch()
    (tmp_path / ".out.partial").symlink_to(tmp_path / "elsewhere")
    write_file(tmp_path / "quick", "quick")
    with pytest.raises(OutputExistsError, match="what has that name is not textseq's; rename"):
        write_file(tmp_path / "out", "new")
    assert (tmp_path / "elsewhere" / "textseq.lock").exists()
    assert (tmp_path / ".theirs.partial" / "x").read_text() == "theirs"


THEIRS = {
    "a diary": {"diary": "x"},
    "nothing": {},
    "a lock file of the same name, and a diary": {"textseq.lock": "", "diary": "x"},
    "folders of the same names": {"new/diary": "x", "old/diary": "y"},
    "what was written before": {"out": "x"},
}


@pytest.mark.parametrize("files", THEIRS.values(), ids=THEIRS)
@KINDS
def test_a_folder_of_the_users_that_has_the_hidden_name_is_kept(tmp_path, write, inside, files):
    theirs = tmp_path / ".out.partial"
    theirs.mkdir()
    for name, text in files.items():
        (theirs / name).parent.mkdir(exist_ok=True)
        (theirs / name).write_text(text)
    for check in (check_output, lambda path: write(path, "new", force=True)):
        with pytest.raises(OutputExistsError, match=r"'.*\.out\.partial' .*; rename that, or"):
            check(tmp_path / "out")
    write(tmp_path / "other", "new")
    assert names(tmp_path) == [".out.partial", "other"]
    assert {str(f.relative_to(theirs)) for f in theirs.rglob("*") if f.is_file()} == set(files)
    assert all((theirs / name).read_text() == text for name, text in files.items())
    theirs.rename(tmp_path / "renamed")
    write(tmp_path / "out", "new")


def test_a_file_or_a_link_that_has_the_hidden_name_is_kept(tmp_path):
    (tmp_path / ".out.partial").write_text("theirs")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "diary").write_text("theirs")
    (tmp_path / ".other.partial").mkdir()
    (tmp_path / ".other.partial" / "textseq.lock").symlink_to(tmp_path / "elsewhere" / "diary")
    for name in ("out", "other"):
        with pytest.raises(OutputExistsError, match="rename that"):
            write_file(tmp_path / name, "new")
    write_file(tmp_path / "third", "new")
    assert (tmp_path / ".out.partial").read_text() == "theirs"
    assert (tmp_path / "elsewhere" / "diary").read_text() == "theirs"
    assert (tmp_path / ".other.partial" / "textseq.lock").is_symlink()


def test_a_process_killed_before_it_made_the_lock_file_leaves_nothing_for_ever(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from textseq.files.atomic import atomic_file\n"
        "Path.open = lambda *arguments: os.kill(os.getpid(), 9)\n"
        "with atomic_file(sys.argv[1]): pass"
    )
    for next_one in ("out", "other"):
        subprocess.run([sys.executable, "-c", code, tmp_path / "out"], check=False)
        assert ".out.partial" in names(tmp_path)
        write_file(tmp_path / next_one, "new", force=True)
        assert ".out.partial" not in names(tmp_path)
        (tmp_path / next_one).unlink()


def test_a_folder_whose_last_rename_fails_is_put_back(tmp_path, monkeypatch):
    write_folder(tmp_path / "out", "old")
    rename = Path.replace

    def failing(self, target):
        if self.name == "new":
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OutputError, match="No space left"):
        write_folder(tmp_path / "out", "new", force=True)
    assert (tmp_path / "out" / "deep" / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["out", "n" * 255])
def test_a_folder_that_a_dead_process_had_moved_aside_is_put_back(tmp_path, name):
    code = (
        "import os, sys; from pathlib import Path; from textseq.files.atomic import atomic_folder\n"
        "rename = Path.replace\n"
        "def killed(self, target):\n"
        "    if self.name == 'new': os.kill(os.getpid(), 9)\n"
        "    return rename(self, target)\n"
        "Path.replace = killed\n"
        "with atomic_folder(sys.argv[1], force=True) as temporary:\n"
        "    (temporary / 'half').write_text('new')"
    )
    for next_one in (name, "other"):
        write_folder(tmp_path / name, "old", force=True)
        subprocess.run([sys.executable, "-c", code, tmp_path / name], check=False)
        assert not (tmp_path / name).exists()
        with contextlib.suppress(OutputExistsError):
            write_folder(tmp_path / next_one, "new")
        assert (tmp_path / name / "deep" / "a.txt").read_text() == "old"
    assert names(tmp_path) == sorted([name, "other"])


def test_a_full_disk_is_one_sentence_and_costs_nothing(tmp_path):
    full = os.open("/dev/full", os.O_WRONLY)
    write_file(tmp_path / "out", "old")
    refused = pytest.raises(
        OutputError, match=r"out' cannot be written: No space left.*; make room"
    )
    with refused, atomic_file(tmp_path / "out", force=True) as temporary:
        temporary.write_text("new")
        os.write(full, b"x")
    os.close(full)
    assert (tmp_path / "out").read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_a_link_stays_and_its_file_is_replaced(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere" / "real")
    for text in ("old", "new"):
        write_file(tmp_path / "out", text, force=True)
        assert (tmp_path / "elsewhere" / "real").read_text() == text
    assert (tmp_path / "out").is_symlink()
    assert names(tmp_path / "elsewhere") == ["real"]


def test_a_device_or_a_pipe_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputExistsError, match="is a device or a pipe"):
        write_file(tmp_path / "pipe", "x", force=True)
    assert names(tmp_path) == ["pipe"]


def test_a_private_file_stays_private(tmp_path):
    write_file(tmp_path / "out", "old")
    (tmp_path / "out").chmod(0o600)
    write_file(tmp_path / "out", "new", force=True)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600


def test_the_temporary_name_keeps_the_extensions(tmp_path):
    with atomic_file(tmp_path / "vectors.txt.gz") as temporary:
        assert temporary.suffixes == [".txt", ".gz"]
        assert temporary.parents[2] == tmp_path
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


def test_a_folder_that_may_not_be_written_is_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)  # as it is for all but root
    with pytest.raises(OutputError, match="cannot be written: the folder '.*' is not writable"):
        check_output(tmp_path / "out")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that not even root writes")
def test_a_folder_that_cannot_be_written_is_refused_with_the_name_of_the_output():
    with pytest.raises(OutputError, match="The output '/proc/self/out' cannot be written: "):
        write_file("/proc/self/out", "new")


def test_the_folder_for_temporary_files_is_found_without_a_file_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile.gettempdir", lambda: "found by writing")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    monkeypatch.setenv("TEMP", str(tmp_path))
    assert temporary_place() == tmp_path
    monkeypatch.setattr("tempfile.tempdir", "set by the program")
    assert temporary_place() == Path("found by writing")
