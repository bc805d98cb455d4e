from __future__ import annotations

import re

import pytest

from textseq import Tokenizer
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.fit import train_classifier
from textseq.report import measure, measure_labels
from textseq.report.page import Page
from textseq.report.training import resolved_settings, write_training_page

EVIL = "<script>alert(1)</script> bore"
TEXTS = ["a joy to watch", "pure joy", "a bore to watch", EVIL] * 10
LABELS = ["<good>", "<good>", "bad", "bad"] * 10
QUICK = {"units": 3, "dimension": 3, "epochs": 2, "buckets": 16, "clean": "none"}


def shares(html):
    """Return the figures of the page's first tiles: accuracy, majority class, ..."""
    return re.findall(r"<b>([\d.]+%)</b>", html)


def write(path, held_out=None, **settings):
    config = ClassifierConfig(**{**QUICK, **settings})
    trained = train_classifier(TEXTS, LABELS, config, validation_data=held_out)
    write_training_page(Page(path, "<i>", "<b>"), trained, (TEXTS, LABELS), held_out)
    return trained


def test_without_others_it_is_measured_on_the_training_texts(check_page, tmp_path):
    trained = write(tmp_path / "t.html")
    html = check_page(tmp_path / "t.html")
    metrics = measure(LABELS, trained.model.predict_proba(TEXTS), ["<good>", "bad"])
    assert shares(html)[0] == f"{metrics.accuracy:.1%}"
    assert "memorized" in html
    assert len(trained.held_out) == 0
    assert html.count("<svg") == 4


def test_with_validation_texts_it_is_measured_on_them(check_page, tmp_path):
    held_out = (["joy", "mountain", EVIL], ["bad", "bad", "<good>"])
    trained = write(tmp_path / "t.html", held_out)
    html = check_page(tmp_path / "t.html")
    metrics = measure(held_out[1], trained.model.predict_proba(held_out[0]), ["<good>", "bad"])
    assert shares(html)[0] == f"{metrics.accuracy:.1%}"
    assert "3 validation texts" in html
    assert "memorized" not in html
    for expected in ("&lt;good&gt;", "&lt;i&gt;", "&lt;b&gt;"):
        assert expected in html
    assert (trained.model.predict_proba([EVIL])[0].argmax() == 0) or (
        "&lt;script&gt;alert(1)" in html
    )


def test_texts_are_shown_as_the_model_reads_them(check_page, tmp_path):
    trained = write(tmp_path / "t.html", ([EVIL] * 3, ["<good>"] * 3), clean=None)
    assert trained.model.config.clean == ("html",)
    html = check_page(tmp_path / "t.html")
    assert "alert(1)" not in html


def test_what_fit_kept_for_validation_is_found(check_page, tmp_path):
    trained = write(tmp_path / "t.html", validation_fraction=0.25)
    html = check_page(tmp_path / "t.html")
    held = trained.held_out
    assert len(held) == 10
    probabilities = trained.model.predict_proba([TEXTS[i] for i in held])
    metrics = measure([LABELS[i] for i in held], probabilities, ["<good>", "bad"])
    assert shares(html)[0] == f"{metrics.accuracy:.1%}"
    assert "10 validation texts" in html
    # The figures that training itself took of them.
    assert metrics.accuracy == pytest.approx(trained.validation["together"])
    told = trained.validation
    for i, accuracy in enumerate(told["networks"], start=1):
        assert f"network {i} {accuracy:.1%}," in html
    assert (
        f"the linear model {told['linear']:.1%}; of the whole model {told['together']:.1%}." in html
    )


def test_ids_will_do_in_place_of_text(check_page, tmp_path):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    ids = tokenizer.encode(TEXTS)
    config = ClassifierConfig(tokenizer=tokenizer, validation_fraction=0.25, **QUICK)
    trained = train_classifier(ids, LABELS, config)
    write_training_page(Page(tmp_path / "t.html", "ids"), trained, (ids, LABELS))
    assert "10 validation texts" in check_page(tmp_path / "t.html")


def test_settings_are_those_that_training_settled(tmp_path):
    trained = train_classifier(TEXTS, LABELS, ClassifierConfig(**QUICK))
    settings = resolved_settings(trained.model.config)
    assert (settings["embedding"], settings["units"]) == ("learned", 3)
    assert None not in settings.values()


@pytest.mark.parametrize("fraction", [0.25, None])
def test_the_page_of_several_labels(check_page, tmp_path, fraction):
    labels = [["<good>", "joy"], ["joy"], ["bad"], []] * 10
    config = ClassifierConfig(**QUICK, validation_fraction=fraction)
    trained = train_classifier(TEXTS, labels, config)
    write_training_page(Page(tmp_path / "t.html", "t", "c"), trained, (TEXTS, labels))
    html = check_page(tmp_path / "t.html")
    model, held = trained.model, trained.held_out if fraction else range(len(TEXTS))
    metrics = measure_labels(
        [labels[i] for i in held],
        model.predict_proba([TEXTS[i] for i in held]),
        model.classes,
        model.thresholds,
    )
    assert shares(html)[:3] == [
        f"{figure:.1%}" for figure in (metrics.macro_f1, metrics.micro_f1, metrics.exact_match)
    ]
    assert ("calibration and thresholds" in html) == bool(fraction)
    assert "temperature" not in html.split("<h2>")[0]
    assert "<h2>Each label</h2>" in html
    assert "Confusion" not in html
    joy = sum("joy" in labels[i] for i in range(len(TEXTS)) if not fraction or i not in {*held})
    assert f"<tr><td>joy</td><td>{joy} <span" in html
