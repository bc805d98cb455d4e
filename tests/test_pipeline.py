"""Stages run when something changed for them, and only then; the lock file loses nothing."""

from __future__ import annotations

import json

import pytest

from textseq.errors import ArgumentError, ArtifactError, OutputExistsError, StageFailedError
from textseq.pipeline import run_pipeline
from textseq.pipeline_file import Stage, check_order, read_stages
from textseq.pipeline_lock import hash_of, lock_of

FIRST = Stage("first", ("copy",), ("a", "b"), ("a",), ("b",))
SECOND = Stage("second", ("copy",), ("b", "c"), ("b",), ("c",))


@pytest.fixture
def pipeline(tmp_path):
    (tmp_path / "a").write_text("one")
    return tmp_path / "pipeline.toml"


@pytest.fixture
def runs():
    return []


@pytest.fixture
def go(pipeline, runs):
    """Return a function that runs the pipeline and returns the stages that ran."""

    def execute(stage, folder, replace):
        runs.append(stage.name)
        for output in stage.outputs:
            assert replace == (folder / output).exists()
            (folder / output).write_text((folder / stage.inputs[0]).read_text() + "+")
        return 0

    def run(*stages, execute=execute, **options):
        runs.clear()
        outcomes = list(run_pipeline(pipeline, list(stages or (FIRST, SECOND)), execute, **options))
        assert options.get("dry_run") or [o.stage for o in outcomes if o.status == "run"] == runs
        return [o.stage for o in outcomes if o.status == "run"]

    return run


def test_unchanged_stages_are_skipped(go):
    assert go() == ["first", "second"]
    assert go() == []
    assert go(force=True) == ["first", "second"]


def test_what_changes_runs_again_with_all_that_reads_it(go, pipeline):
    go()
    folder = pipeline.parent
    (folder / "a").write_text("two")
    assert go(dry_run=True) == ["first", "second"]
    assert (folder / "c").read_text() == "one++"  # a dry run changes nothing
    assert go() == ["first", "second"]
    assert (folder / "c").read_text() == "two++"
    (folder / "c").unlink()
    assert go() == ["second"]
    assert go(FIRST, Stage("second", ("copy",), ("-x", "b", "c"), ("b",), ("c",))) == ["second"]


def test_an_equal_output_made_anew_stops_the_cascade_only_by_content(go, pipeline):
    go()
    (pipeline.parent / "b").unlink()  # made again as it was: those who read it run too
    assert go() == ["first", "second"]


def test_other_code_runs_all_again(go, monkeypatch):
    go()
    monkeypatch.setattr("textseq.pipeline.code_version", lambda: "another")
    assert go() == ["first", "second"]
    assert go() == []


def test_a_foreign_output_is_not_replaced(go, pipeline):
    (pipeline.parent / "b").write_text("precious")
    with pytest.raises(OutputExistsError, match="'.*b' of stage 'first' was not made by"):
        go()
    go(FIRST, SECOND, force=True)
    (pipeline.parent / "c").write_text("edited")
    with pytest.raises(OutputExistsError, match="changed since"):
        go()
    assert (pipeline.parent / "c").read_text() == "edited"


def test_a_failure_keeps_what_came_before_and_goes_on_from_there(go, runs, pipeline):
    def execute(stage, folder, replace):
        (folder / stage.outputs[0]).write_text("half")
        return 0 if stage.name == "first" else 7

    with pytest.raises(StageFailedError, match="Stage 'second' failed with status 7") as failed:
        go(execute=execute)
    assert failed.value.status == 7
    assert go() == ["second"]  # whose half-made output is its own, and replaced
    assert go() == []


def test_a_stage_must_write_its_output(go):
    with pytest.raises(StageFailedError, match="did not write its 'b'"):
        go(execute=lambda *_: 0)


def test_what_only_prints_always_runs(go):
    stage = Stage("print", ("show",), ("a",), ("a",))
    assert go(stage) == go(stage) == ["print"]


def test_a_folder_is_hashed_by_names_and_contents(tmp_path):
    hashes = set()
    (tmp_path / "m").mkdir()
    for name, content in (("x", "1"), ("x", "2"), ("y", "2")):
        for old in (tmp_path / "m").iterdir():
            old.unlink()
        (tmp_path / "m" / name).write_text(content)
        hashes.add(hash_of(tmp_path / "m"))
    assert len(hashes) == 3


def test_the_lock_says_what_made_each_output(go, pipeline):
    go()
    record = json.loads(lock_of(pipeline).read_text())["stages"]["second"]
    assert record["command"] == ["copy", "b", "c"]
    assert record["inputs"] == {"b": hash_of(pipeline.parent / "b")}
    assert record["outputs"] == {"c": hash_of(pipeline.parent / "c")}


@pytest.mark.parametrize("content", ["", "[]", '{"format": "other"}', "{" * 5000])
def test_a_damaged_lock_is_one_error(go, pipeline, content):
    lock_of(pipeline).write_text(content)
    with pytest.raises(ArtifactError, match="lock file"):
        go()


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([SECOND, FIRST], "reads 'b', which stage 'first' writes"),
        ([FIRST, Stage("x", ("copy",), (), ("a",), ("./b",))], "Both stage 'first' and stage 'x'"),
        ([FIRST, Stage("first", ("copy",), ())], "Two stages are called 'first'"),
        ([Stage("self", ("copy",), (), ("a",), ("a",))], "reads 'a', which stage 'self' writes"),
    ],
)
def test_a_wrong_order_is_found_before_anything_runs(stages, message):
    with pytest.raises(ArgumentError, match=message):
        check_order(stages)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a = \n", "line 1"),
        ("", "has no stages"),
        ("stage = 1", "has no stages"),
        ("[stages]\n", r"'stages' at its top, where only \[\[stage\]\]"),
    ],
)
def test_a_wrong_file_is_one_error(pipeline, content, message):
    pipeline.write_text(content)
    with pytest.raises(ArtifactError, match=message):
        read_stages(pipeline)


def test_a_missing_file(pipeline):
    with pytest.raises(ArtifactError, match="No such file"):
        read_stages(pipeline)
