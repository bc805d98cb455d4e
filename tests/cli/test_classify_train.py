"""The settings of `classify train`: presets, and what is said of them."""

from textseq.classifier.presets import preset_table


def test_the_help_shows_the_presets(textseq):
    out = textseq("classify", "train", "--help").output
    for line in preset_table().splitlines():
        assert line in out


def test_what_is_trained_is_said_in_a_line(textseq, tmp_path):
    reviews = tmp_path / "reviews.tsv"
    reviews.write_text("label\ttext\n" + "good\ta joy\nbad\ta bore\n" * 8)
    command = ["classify", "train", reviews, "--epochs", 1, "--units", 2, "--dimension", 2]
    plain = textseq(*command, "--preset", "textbook", "--output", tmp_path / "plain")
    assert "Training 1 SimpleRNN, last pooling\n" in plain.stderr
    assert "1 network, " in plain.stderr
    fast = textseq(*command, "--preset", "fast", "--cell", "gru", "--output", tmp_path / "fast")
    line = "Training 1 GRU, bidirectional, max pooling, and a linear n-gram model; "
    assert f"{line}--preset textbook for one plain SimpleRNN\n" in fast.stderr


def test_a_training_that_diverged_leaves_a_good_model_as_it_was(
    textseq, tmp_path, reviews, monkeypatch
):
    command = [
        "classify",
        "train",
        reviews,
        "--epochs",
        2,
        "--units",
        2,
        "--output",
        tmp_path / "m",
    ]
    assert textseq(*command).exit_code == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "m").iterdir()}
    (tmp_path / "broken.py").write_text(
        "import keras\n"
        "def cell(units):\n"
        "    return keras.layers.SimpleRNNCell(units, activation=lambda x: x * float('nan'))\n"
    )
    monkeypatch.chdir(tmp_path)
    done = textseq(*command, "--force", "--cell", "broken:cell")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "textseq: Training diverged: " in done.stderr
    assert "use a smaller learning rate (--learning-rate" in done.stderr
    assert {file.name: file.read_bytes() for file in (tmp_path / "m").iterdir()} == before


def test_an_unknown_preset(textseq, tmp_path):
    done = textseq("classify", "train", "x.tsv", "--preset", "best", "--output", tmp_path / "m")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "`preset` must be one of textbook, fast, accurate. Received: 'best'." in done.stderr
