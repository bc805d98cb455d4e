"""The page about forecasts says which is best, and draws what was forecast against what came."""

import numpy as np
import pytest

from textseq.report.forecast import _chosen, write_forecast_page
from textseq.report.page import Page
from textseq.series.fit import Evaluation


def evaluation(windows=40, horizon=3, *, worse="persistence"):
    random = np.random.default_rng(0)
    truth = random.normal(size=(windows, horizon))
    errors = {"persistence": 0.5, "ridge": 0.3, "networks": 0.4, "textseq": 0.2} | {worse: 2.0}
    forecasts = {
        way: truth + size * random.normal(size=truth.shape) for way, size in errors.items()
    }
    return Evaluation(100 + np.arange(windows), truth, forecasts, 1.0)


@pytest.mark.parametrize(
    ("worse", "said"),
    [
        ("persistence", "textseq forecasts best of these."),
        ("textseq", "The best of these is ridge, not textseq."),
    ],
)
def test_the_best_is_named(tmp_path, worse, said):
    path = tmp_path / "page.html"
    found = evaluation(worse=worse)
    write_forecast_page(Page(path, "<a>", "textseq"), found, "heat <C>", {"window": 7}, [])
    page = path.read_text()
    assert said in page
    assert "&lt;a&gt;" in page
    assert page.count("<svg") == 5
    assert f"{found.scores['ridge']['rmse']:.4g}" in page
    assert "From row 1" in page
    assert "3 ahead" in page


@pytest.mark.parametrize(("windows", "horizon"), [(1, 1), (2, 5), (5, 2), (700, 1)])
def test_any_number_of_windows_is_drawn(tmp_path, windows, horizon):
    found = evaluation(windows, horizon)
    assert len(set(_chosen(found))) == len(_chosen(found)) <= min(3, windows)
    path = tmp_path / "page.html"
    write_forecast_page(Page(path, "a", None), found, "x", {}, [{"loss": [2.0, 1.0]}])
    assert "Loss by epoch" in path.read_text()
