"""`textseq series`: train, evaluate, predict and explain, on CSV and Parquet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from textseq.cli.app import app
from textseq.cli.series.reading import verdict
from textseq.series import SequenceForecaster

TINY = "--units 4 --networks 2 --epochs 2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with tables of waves, and a model of each."""
    path = tmp_path_factory.mktemp("series")
    random = np.random.default_rng(0)
    days = np.arange("2025-01-01", "2025-12-27", dtype="datetime64[D]")
    wave = 20 + 5 * np.sin(np.arange(len(days)) * 2 * np.pi / 7) + random.normal(0, 0.3, len(days))
    rows = "".join(f"{d},{v:.3f},{i}\n" for i, (d, v) in enumerate(zip(days, wave, strict=True)))
    (path / "days.csv").write_text(f"day,heat,n\n{rows}")
    shops = {"day": np.tile(days, 2), "sold": np.r_[wave, -wave], "shop": ["a"] * 360 + ["b"] * 360}
    pq.write_table(pa.table(shops), path / "shops.parquet")
    for command in (
        f"days.csv --time day --target heat --window 28 --horizon 7 --season 7 "
        f"--until 2025-11-01 {TINY} -o {path}/model",
        f"shops.parquet --time day --target sold --group shop --horizon 3 {TINY} -o {path}/shops",
    ):
        done = CliRunner().invoke(app, f"series train {path}/{command}".split())
        assert done.exit_code == 0, done.stderr
    return path


@pytest.fixture
def used(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


def test_training_says_how_good_it_is(textseq, used, tmp_path):
    command = f"series train days.csv --time day --target heat --window 28 --horizon 7 {TINY}"
    done = textseq(*command.split(), "-o", tmp_path / "m", "--report", tmp_path / "r.html")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == ""
    assert "360 rows of heat, 1 series" in done.stderr
    assert "On the validation rows: " in done.stderr
    assert "2 networks and ridge, " in done.stderr
    page = (tmp_path / "r.html").read_text()
    assert page.count("<svg") >= 6
    assert "persistence" in page


def test_a_model_is_compared_with_simple_forecasts(textseq, used, tmp_path):
    done = textseq("series", "evaluate", "model", "days.csv", "--since", "2025-11-01", "--json")
    answer = json.loads(done.stdout)
    assert answer["windows"] == 56 - 7 + 1
    assert set(answer["scores"]) == {
        "persistence", "seasonal naive", "ridge", "networks", "textseq"
    }  # fmt: skip
    assert answer["scores"]["textseq"]["mase"] < 1.2
    report = tmp_path / "e.html"
    done = textseq("series", "evaluate", "model", "days.csv", "--report", report)
    assert done.exit_code == 0, done.stderr
    assert "326 windows of 7 rows. " in done.stdout
    assert report.stat().st_size > 20_000


def test_forecasts_go_on_where_the_table_ends(textseq, used, tmp_path):
    done = textseq("series", "predict", "model", "days.csv")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["day"] for row in rows] == [f"2025-12-{d}" for d in range(27, 32)] + [
        "2026-01-01", "2026-01-02"
    ]  # fmt: skip
    values = [
        float(line.split(",")[1]) for line in (used / "days.csv").read_text().splitlines()[1:]
    ]
    expected = SequenceForecaster.load(used / "model").predict(np.array(values))[0]
    np.testing.assert_allclose([row["heat"] for row in rows], expected, rtol=1e-6)
    done = textseq("series", "predict", "shops", "shops.parquet", "-o", tmp_path / "next.csv")
    assert "6 rows -> " in done.stderr
    lines = (tmp_path / "next.csv").read_text().splitlines()
    assert lines[0] == '"shop","day","sold"'
    assert [line.split(",")[:2] for line in lines[1::3]] == [['"a"', '"2025-12-27"'],
                                                             ['"b"', '"2025-12-27"']]  # fmt: skip


def test_a_forecast_is_explained(textseq, used, tmp_path):
    page = tmp_path / "p.html"
    done = textseq("series", "explain", "model", "days.csv", "--row", "2", "--html", page)
    assert done.exit_code == 0, done.stderr
    assert "row 2 of the horizon: " in done.stdout
    assert "<svg" in page.read_text()
    found = json.loads(textseq("series", "explain", "model", "days.csv", "--json").stdout)
    assert found["tokens"][-1] == "358-359"
    assert len(found["forward"]["gradient_norms"]) == 14
    done = textseq("series", "explain", "model", "days.csv", "--row", "8")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "from 1 to 7. Received: 8" in done.stderr


def test_further_columns_are_read_in_use_too(textseq, used, tmp_path):
    command = f"series train days.csv --target heat --features n --window 14 {TINY}"
    assert textseq(*command.split(), "-o", tmp_path / "m").exit_code == 0
    assert json.loads(textseq("series", "predict", tmp_path / "m", "days.csv").stdout)["row"] == 360
    (tmp_path / "other.csv").write_text("heat\n1\n")
    done = textseq("series", "predict", tmp_path / "m", tmp_path / "other.csv")
    assert (done.exit_code, "no column 'n'" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("train days.csv -o x", "Name the column (--target); 'days.csv' has day, heat, n"),
        ("train days.csv --target heat -o x --until 2025", "without times; name their column"),
        ("train days.csv --target heat -o days.csv", "is also an input of this command"),
        ("train days.csv --target heat -o model", "'model' exists"),
        ("train days.csv --time day --target heat -o x --until 2024", "no rows before 2024"),
        ("train days.csv --target heat -o x --horizon 400", "no window of 48 rows and a horizon"),
        ("evaluate model days.csv --since 2025-12-25", "of which at most 2 are to be forecast"),
        ("evaluate model days.csv --since=", "like 2025-01-01. Received: ''"),
        ("predict model days.csv -o next.txt", "ends in .csv, .tsv or .parquet"),
        ("predict days.csv days.csv", "is not a folder; expected one that `textseq series train`"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(textseq, used, command, message):
    done = textseq("series", *command.split())
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in " ".join(done.stderr.split())
    assert not (used / "x").exists()


def test_a_constant_series_has_no_mase_and_valid_json(textseq, tmp_path):
    (tmp_path / "flat.csv").write_text("load\n" + "5\n" * 200)
    model = tmp_path / "m"
    command = f"series train {tmp_path}/flat.csv --target load --window 8 {TINY} -o {model}"
    assert textseq(*command.split()).exit_code == 0
    assert "Infinity" not in (model / "metrics.json").read_text()
    done = textseq("series", "evaluate", model, tmp_path / "flat.csv", "--json")
    assert json.loads(done.stdout)["scores"]["textseq"]["mase"] is None


def test_ctrl_c_saves_what_was_learned(textseq, used, tmp_path, monkeypatch):
    def interrupt(self, epoch, logs, seconds):
        if (self.network, epoch) == (2, 1):
            raise KeyboardInterrupt

    monkeypatch.setattr("textseq.cli.epochs.EpochTable.row", interrupt)
    command = f"series train days.csv --target heat --window 14 {TINY} -o {tmp_path}/m"
    done = textseq(*command.split())
    assert done.exit_code == 130
    assert "Interrupted; saving the best network so far" in done.stderr
    assert textseq("series", "predict", tmp_path / "m", "days.csv").exit_code == 0


def test_a_model_made_in_python_has_no_columns(textseq, used, tmp_path):
    settings = {"window": 14, "units": 4, "networks": 1, "epochs": 1}
    SequenceForecaster(**settings).fit(np.sin(np.arange(200.0))).save(tmp_path / "m")
    done = textseq("series", "predict", tmp_path / "m", "days.csv")
    assert done.exit_code == 1
    assert "SeriesModel.load(" in done.stderr


LISTING = """
import sys
from textseq.cli.app import app
sys.argv = ["textseq", "series", "predict", "model", "days.csv"]
try:
    app()
finally:
    slow = {"tensorflow", "keras", "sklearn", "scipy", "numba", "pandas", "matplotlib", "rich"}
    print(sorted(slow & set(sys.modules)), file=sys.stderr)
"""


def test_what_predicts_loads_nothing_slow(used):
    done = subprocess.run(
        [sys.executable, "-c", LISTING],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr.splitlines()[-1] == "[]", done.stderr
    assert len(done.stdout.splitlines()) == 7


HINTS = {
    "a gap": (
        "day,x\n" + "".join(f"{d},{d % 5}\n" for d in range(320) if d != 100),
        "series train a.csv --time day --target x --window 14 -o m",
        "make a series of each unbroken part (--split-gaps)",
        "series train a.csv --time day --target x --window 14 --split-gaps -o m",
    ),
    "too few rows": (
        "x\n" + "".join(f"{d % 5}\n" for d in range(60)),
        "series train a.csv --target x -o m",
        "give more rows, or a smaller `window`",
        "series train a.csv --target x --window 7 -o m",
    ),
}


@pytest.mark.parametrize(("table", "command", "advice", "then"), HINTS.values(), ids=HINTS)
def test_advice_works(follow_hint, table, command, advice, then):
    tiny = f" {TINY} --force"
    follow_hint(command + tiny, advice, then + tiny, files={"a.csv": table})


def test_where_a_naive_forecast_wins_it_is_said():
    def scores(**mae):
        return {way.replace("_", " "): {"mae": e, "rmse": e} for way, e in mae.items()}

    assert verdict(scores(persistence=2, ridge=1, textseq=0.5)).startswith("textseq is best: 50.0%")
    assert verdict(scores(persistence=1, ridge=2, networks=0, textseq=3)) == (
        "Persistence is best, not textseq; use it, or try another window, more rows or further "
        "columns."
    )
    assert verdict(scores(persistence=3, ridge=1, textseq=2)) == "Ridge is best, not textseq."
    alone = verdict(scores(persistence=2, ridge=1, networks=3, textseq=1))
    assert alone == (
        "textseq is best: 50.0% less error (RMSE) than persistence. It is ridge alone here: the "
        "networks add nothing."
    )
    mixed = scores(persistence=3, ridge=1, textseq=2)
    mixed["textseq"]["rmse"] = 0.5
    assert verdict(mixed) == "By MAE ridge is best, by RMSE textseq."
