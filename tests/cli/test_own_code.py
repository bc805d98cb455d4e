"""Parts of the user's own that fail: one sentence, and where in the user's files."""

import pytest

OWN = """
import keras
def cell(units):
    return keras.layers.GRUCell(units)
def raises(text):
    return text.nothing()
def number(text):
    return 3
def words(text):
    return text.split()
def no_layer(units):
    return units
def wrong(*sizes):
    return 1 / 0
class Late(keras.layers.SimpleRNNCell):
    def call(self, inputs, states, training=False):
        return self.nothing(inputs), states
"""
SMALL = ["--epochs", 1, "--units", 3, "--dimension", 3, "--networks", 1, "--linear", 0]


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Return the path of a module of the user's in the current folder."""
    (tmp_path / "own_parts.py").write_text(OWN)
    (tmp_path / "own_broken.py").write_text("import keras\n1 / 0\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "own_parts.py"


@pytest.mark.parametrize(
    ("options", "message", "where"),
    [
        (["--analyzer", "own_parts:raises"], "AttributeError: 'str' object has no attribute", 6),
        (["--analyzer", "own_parts:number"], "TypeError: 'int' object is not iterable", None),
        (["--analyzer", "os:getcwd"], "TypeError: posix.getcwd() takes no arguments", None),
        (["--format", "json:dumps"], "TypeError: dumps() takes 1 positional argument", None),
    ],
)
def test_tokenize(options, message, where, own, textseq, giants):
    done = textseq("tokenize", giants, *options)
    assert (done.exit_code, done.stdout) == (1, "")
    first, *frames = done.stderr.splitlines()
    kind, path = options[0].removeprefix("--"), options[1]
    assert first.startswith(f"textseq: The {kind} {path!r} failed: {message}")
    assert first.endswith("; --debug shows more.")
    found = [f"  {own}, line {where}, in raises: return text.nothing()"] if where else []
    assert frames == found


def test_code_that_has_no_file_is_not_shown(textseq):
    done = textseq("classify", "summary", "--cell", "nowhere:cell")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cell", "os:getcwd"], "The cell 'os:getcwd' failed: TypeError: posix.getcwd() takes"),
        (["--cell", "json:dumps"], "The cell 'json:dumps' must make a Keras layer. Received: '3'"),
        (["--cell", "own_parts:no_layer"], "must make a Keras layer. Received: 3 of type int."),
        (["--cell", "own_parts:Late"], "AttributeError: Exception encountered when calling Late"),
        (["--pooling", "own_parts:wrong"], "'own_parts:wrong' failed: ZeroDivisionError: division"),
        (["--cell", "own_broken:x"], "cannot be imported: ZeroDivisionError: division by zero."),
        (
            ["--cell", "own_parts:cell", "--embedding", "own_parts:wrong"],
            "A part of your own (cell 'own_parts:cell', embedding 'own_parts:wrong') failed: Zero",
        ),
    ],
)
def test_train(options, message, own, textseq, reviews, tmp_path):
    done = textseq("classify", "train", reviews, "--output", tmp_path / "m", *SMALL, *options)
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in done.stderr
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "m").exists()


def test_a_failure_of_textseq_itself_is_no_part_of_the_users(textseq, giants, monkeypatch):
    monkeypatch.setattr("textseq.corpus.corpus.read_corpus", lambda *_, **__: 1 / 0)
    done = textseq("tokenize", giants)
    assert isinstance(done.exception, ZeroDivisionError)


def test_a_model_of_own_parts_is_summarized_and_explained(own, textseq, reviews, tmp_path):
    command = ["classify", "train", reviews, "--output", tmp_path / "m", *SMALL]
    parts = ["--cell", "own_parts:cell", "--analyzer", "own_parts:words"]
    done = textseq(*command, *parts)
    assert done.exit_code == 0, done.stderr
    for command in (["summary", tmp_path / "m"], ["explain", tmp_path / "m", "a joy"]):
        refused = textseq("classify", *command)
        assert refused.exit_code == 1
        assert "with --analyzer" in refused.stderr
        refused = textseq("classify", *command, *parts[2:])
        assert "name it yourself with --cell" in refused.stderr
        done = textseq("classify", *command, *parts)
        assert done.exit_code == 0, done.stderr
    sizes = textseq("classify", "summary", tmp_path / "m", "--units", 5)
    assert sizes.exit_code == 2
    assert "leave out --units, or MODEL" in sizes.stderr
