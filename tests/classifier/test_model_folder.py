from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from textseq import Tokenizer
from textseq.classifier.model_folder import Artifact, load_artifact, save_artifact
from textseq.classifier.predictor import Predictor
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError
from textseq.files.paths import sha256
from textseq.network.ngrams import LONGEST
from textseq.tasks import model_folder

FILES = ["config.json", "metrics.json", "tokenizer.json", "weights.safetensors"]


@pytest.fixture
def artifact():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["ain't no mountain high enough"])
    weights = {"output.bias": np.arange(3, dtype="float32")}
    return Artifact({"classes": ["가", "나"]}, tokenizer, weights, {"histories": [{"loss": [0.5]}]})


@pytest.fixture
def folder(artifact, tmp_path):
    save_artifact(tmp_path / "model", artifact)
    return tmp_path / "model"


def test_what_is_saved_comes_back(artifact, folder):
    loaded = load_artifact(folder)
    assert sorted(file.name for file in folder.iterdir()) == ["README.md", *FILES]
    assert loaded.config["classes"] == ["가", "나"]
    assert loaded.metrics == artifact.metrics
    assert loaded.tokenizer.to_json() == artifact.tokenizer.to_json()
    np.testing.assert_array_equal(loaded.weights["output.bias"], [0, 1, 2])


def test_half_a_surrogate_pair_comes_back(artifact, tmp_path):
    odd = replace(artifact, config={"classes": ["\ud800", "나"]}, metrics={"\udfff": 1})
    save_artifact(tmp_path / "odd", odd)
    loaded = load_artifact(tmp_path / "odd")
    assert (loaded.config["classes"], loaded.metrics) == (["\ud800", "나"], {"\udfff": 1})


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_noticed_and_named(folder, name):
    file = folder / name
    data = file.read_bytes()
    file.write_bytes(data.replace(b"0.5", b"0.6").replace("가".encode(), "다".encode()) + b" ")
    if name == "config.json":
        config = json.loads(file.read_text())
        file.write_text(json.dumps({**config, "classes": ["x"]}))
    with pytest.raises(ArtifactError, match=f"changed or damaged.*'{name}'"):
        load_artifact(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_could_not_be_read_is_not_written_over_a_good_model(value, artifact, folder):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    broken = {"output.bias": np.array([0, value, -value], np.float32)}
    with pytest.raises(ArgumentError, match="'output.bias' must hold finite float32"):
        save_artifact(folder, replace(artifact, weights=broken), force=True)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ArtifactError, match=f"not whole: it has no '{name}'"):
        load_artifact(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_an_error(folder, name):
    file = folder / name
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(ArtifactError):
        load_artifact(folder)


def test_a_later_version_says_so(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "version": 99}))
    with pytest.raises(ArtifactError, match="version 99"):
        load_artifact(folder)


def test_weights_take_half_the_space_where_that_loses_nothing(artifact, tmp_path):
    exact = np.array([1 / 3, 1e30], "float32")
    rounded = exact.clip(0, 1).astype("float16").astype("float32")
    save_artifact(tmp_path / "m", replace(artifact, weights={"exact": exact, "rounded": rounded}))
    saved = load_file(tmp_path / "m" / "weights.safetensors")
    assert (saved["exact"].dtype, saved["rounded"].dtype) == (np.float32, np.float16)
    loaded = load_artifact(tmp_path / "m").weights
    np.testing.assert_array_equal(loaded["exact"], exact, strict=True)
    np.testing.assert_array_equal(loaded["rounded"], rounded, strict=True)


def test_an_embedding_takes_half_the_space_where_that_loses_nothing(artifact, tmp_path):
    rounded = np.array([[0.5, 1 / 3]], "float16").astype("float32")
    for name, table in {"rounded": rounded, "exact": np.array([[1 / 3, 1e30]], "float32")}.items():
        weights = {"1.embedding.embeddings": table, "output.bias": np.ones(1, "float32")}
        written = Artifact(artifact.config, artifact.tokenizer, weights, artifact.metrics)
        save_artifact(tmp_path / name, written)
        loaded = load_artifact(tmp_path / name).weights
        np.testing.assert_array_equal(loaded["1.embedding.embeddings"], table)
        assert loaded["1.embedding.embeddings"].dtype == (
            "float16" if name == "rounded" else "float32"
        )
        assert loaded["output.bias"].dtype == np.float32


@pytest.mark.parametrize(
    "bad",
    [np.array([np.nan], "float32"), np.array([1], "int64"), np.array([1], "float64")],
)
def test_weights_must_be_finite_float32(artifact, tmp_path, bad, monkeypatch):
    broken = replace(artifact, weights={"w": bad})
    with pytest.raises(ArgumentError, match="finite float32"):
        save_artifact(tmp_path / "m", broken)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(model_folder, "_check_weights", lambda weights: None)
        save_artifact(tmp_path / "m", broken)
    with pytest.raises(ArtifactError, match="finite float32"):
        load_artifact(tmp_path / "m")


def test_not_a_model(tmp_path):
    with pytest.raises(ArtifactError, match="not a folder"):
        load_artifact(tmp_path / "none")
    save_file({"w": np.zeros(1)}, tmp_path / "weights.safetensors")
    with pytest.raises(ArtifactError, match=r"has no 'config\.json'"):
        load_artifact(tmp_path)


def test_an_existing_model_is_replaced_only_on_request(artifact, folder):
    with pytest.raises(OutputExistsError):
        save_artifact(folder, artifact)
    save_artifact(folder, artifact, force=True)
    assert load_artifact(folder).config["classes"] == ["가", "나"]
    assert [file.name for file in folder.parent.iterdir()] == ["model"]


def test_a_folder_of_something_else_is_never_replaced(artifact, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputExistsError, match="other than a model"):
        save_artifact(tmp_path, artifact, force=True)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def damaged(folder, name, change):
    """Write a copy of a model with one file changed, and its checksums as they were or mended."""
    copy = folder.parent / "damaged"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    (copy / name).write_bytes(change((folder / name).read_bytes()))
    return copy


def mend(folder):
    """Make the checksums those of the files as they are, which anybody can."""
    config = json.loads((folder / "config.json").read_text())
    sums = {n: sha256(folder / n) for n in FILES if n != "config.json"}
    del config["sha256"]
    own = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    config["sha256"] = {"config.json": own, **sums}
    (folder / "config.json").write_text(json.dumps(config))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["ain't no mountain high enough"])
    weights = {"output.bias": np.arange(3, dtype="float32")}
    path = tmp_path_factory.mktemp("whole") / "model"
    save_artifact(path, Artifact({"classes": ["a"]}, tokenizer, weights, {"histories": [{}]}))
    return path


@given(name=st.sampled_from(FILES), place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_is_noticed(whole, name, place, bit):
    def flip(data):
        place_in = place % len(data)
        return data[:place_in] + bytes([data[place_in] ^ 1 << bit]) + data[place_in + 1 :]

    copy = damaged(whole, name, flip)
    try:
        loaded = load_artifact(copy)
    except ArtifactError:
        return
    # White space between the entries of config.json is not part of its checksum.
    assert name == "config.json"
    assert loaded.config == load_artifact(whole).config


@given(
    name=st.sampled_from(FILES[1:]),
    cut=st.integers(0, 400),
    more=st.binary(max_size=9),
)
def test_damage_with_mended_checksums_is_told_as_what_it_is(whole, name, cut, more):
    copy = damaged(whole, name, lambda data: data[:cut] + more)
    mend(copy)
    with contextlib.suppress(ArtifactError):  # and nothing else
        load_artifact(copy)


JUNK = [b"", b"[]", b"{}", b"null", b"\xff\xfe", b"\x08" + bytes(7) + b"{}"]
# An object is what metrics.json should be; whoever looks for the history in it finds none.
OTHERS = [(n, d) for n in FILES[1:] for d in JUNK if (n, d) != ("metrics.json", b"{}")]


@pytest.mark.parametrize(("name", "data"), OTHERS)
def test_another_file_with_mended_checksums_is_refused(whole, name, data):
    copy = damaged(whole, name, lambda _: data)
    mend(copy)
    with pytest.raises(ArtifactError):
        load_artifact(copy)


@pytest.fixture
def sparse(artifact, tmp_path):
    """Return the folder of a model with a table of which few rows hold anything, and the table."""
    table = np.zeros((1000, 8), "float32")
    table[[3, 999]] = 1.5
    weights = {**artifact.weights, "1.embedding.embeddings": table}
    path = tmp_path / "sparse"
    save_artifact(path, Artifact(artifact.config, artifact.tokenizer, weights, artifact.metrics))
    return path, table


def test_rows_of_zeros_are_not_saved_and_come_back(sparse):
    path, table = sparse
    assert (path / "weights.safetensors").stat().st_size < table.nbytes / 10
    np.testing.assert_array_equal(load_artifact(path).weights["1.embedding.embeddings"], table)


def rewritten(folder, arrays):
    """Put other weights into a model, by somebody who adjusts the checksums too."""
    save_file(arrays, folder / "weights.safetensors")
    mend(folder)
    return folder


ROWS, MASK = np.ones((2, 8), "float32"), np.packbits([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("rows", "mask", "message"),
    [
        (ROWS, np.packbits([0, 1, 0, 0]), r"should have the shape \(1, 8\)"),
        (ROWS * np.float32(np.inf), MASK, "finite float32"),
        (ROWS.astype("float64"), MASK, "finite float32"),
    ],
)
def test_tables_that_were_tampered_with_are_refused(sparse, rows, mask, message):
    arrays = {"linear.table": rows, "linear.table.rows": mask}
    arrays["linear.table.shape"] = np.array([4, 8])
    with pytest.raises(ArtifactError, match=message):
        load_artifact(rewritten(sparse[0], arrays))


def of_settings(**changed):
    """Make a predictor of a small network whose settings say something else."""
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high enough"])
    config = {
        "embedding": "ngrams", "cell": "simple_rnn", "pooling": "last", "units": 1, "dimension": 1,
        "vocabulary": 3, "bidirectional": False, "classes": ["a", "b"], "maxlen": 5, "ngrams": 2,
        "buckets": 1, "linear": 0, "temperature": 1.0, "vector_dropout": 0.0,
    }  # fmt: skip
    shapes = {
        "embedding.embeddings": (4, 1), "forward.kernel": (1, 1), "forward.bias": (1,),
        "forward.recurrent_kernel": (1, 1), "output.kernel": (1, 2), "output.bias": (2,),
    }  # fmt: skip
    weights = {f"1.{name}": np.ones(shape, "float32") for name, shape in shapes.items()}
    return Predictor.from_artifact(Artifact(config | changed, tokenizer, weights, {}), "model")


SIZES = ["vocabulary", "ngrams", "buckets", "dimension", "units", "maxlen"]


@pytest.mark.parametrize("name", SIZES)
def test_a_setting_that_is_infinite_is_refused(name):
    of_settings().predict_proba(["high enough"])
    with pytest.raises(ArtifactError, match="The model 'model' cannot be used"):
        of_settings(**{name: float("inf")})


@pytest.mark.parametrize("ngrams", [LONGEST + 1, 2**31, 2**70])
def test_ngrams_without_end_are_refused(ngrams):
    of_settings(ngrams=LONGEST).predict_proba(["high enough"])
    with pytest.raises(ArtifactError, match=f"must be {LONGEST} or less"):
        of_settings(ngrams=ngrams)
