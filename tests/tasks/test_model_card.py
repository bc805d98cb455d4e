"""Model cards: metadata that a reader of YAML takes, and names that break nothing."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.tasks.model_card import (
    Metric,
    ModelCard,
    in_markdown,
    is_number,
    plain_card,
    settings_table,
    table,
    today,
)

yaml = pytest.importorskip("yaml")

NASTY = [
    "yes: no", "]: javascript:alert(1)", "a|b", "<script>", "---", "a\n---\nb", "# a", "- a",
    "1. a", "`x`", "*a*", "_a_", "[x](http://y)", "&amp;", "\\(x\\)", "$x$", "~~a~~", "@user",
    "www.a.b",
    "\ud800", "\x00\x85\u2028", "'\"", "", " ", "{model}", "가", "😀", "x" * 500, "+", "=", "null",
]  # fmt: skip


def card(**values):
    usual = {"task": "text-classification", "summary": "It labels.", "commands": "ls {model}",
             "python": "print({model})"}  # fmt: skip
    return ModelCard(**usual | values)


def metadata(text):
    """Return the metadata as the hub finds it."""
    found = re.match(r"---[\n\r]+([\S\s]*?)[\n\r]+---[\n\r]", text)
    return yaml.safe_load(found[1]), text[found.end() :]


@pytest.mark.parametrize("name", NASTY)
def test_a_name_of_any_kind_is_metadata_title_and_argument(name):
    metrics = [Metric("accuracy", 0.75, "9 texts", (0.5, 0.9))]
    text = card(metrics=metrics).render(name)
    text.encode()
    found, body = metadata(text)
    assert found["library_name"] == "textseq"
    (index,) = found["model-index"]
    assert isinstance(index["name"], str)
    assert index["name"].isprintable()
    assert body.count("\n# ") == 1
    assert "```sh\nls " in body


def test_the_hub_reads_the_metadata():
    hub = pytest.importorskip("huggingface_hub")
    metrics = [Metric("accuracy", 0.75, "9 validation texts"), Metric("f1", 0.5, "8 texts")]
    found = hub.ModelCard(card(metrics=metrics).render("a: b"))
    assert found.data.model_name == "a: b"
    results = [(r.metric_type, r.metric_value, r.dataset_name) for r in found.data.eval_results]
    assert results == [("accuracy", 0.75, "9 validation texts"), ("f1", 0.5, "8 texts")]
    assert (found.data.pipeline_tag, found.data.tags) == ("text-classification", ["textseq"])
    assert found.data.license is None
    assert hub.ModelCard(card().render("a")).data.library_name == "textseq"


def test_a_licence_goes_where_the_comment_is():
    text = card().render("a").replace("# license: choose", "license: apache-2.0 #")
    assert metadata(text)[0]["license"] == "apache-2.0"


@pytest.mark.parametrize("text", NASTY)
def test_a_cell_holds_one_text_and_no_markup(text):
    markdown = pytest.importorskip("markdown_it")
    parser = markdown.MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table")
    made = table(("label", "texts"), [(in_markdown(text), 7)])
    tokens = parser.parse(made)
    kinds = [child.type for token in tokens for child in token.children or ()]
    assert set(kinds) <= {"text", "text_special"}
    cells = [token for token in tokens if token.type == "td_open"]
    assert len(cells) == 2
    html = parser.render(made)
    assert "<script" not in html
    assert "href" not in html


@given(st.text())
def test_any_text_is_one_line_that_is_shown_as_it_is(text):
    html = pytest.importorskip("html")
    made = in_markdown(text)
    assert made.isprintable()
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    assert html.unescape(made) == (shown if len(shown) <= 80 else f"{shown[:79]}…")


def test_metrics_have_their_intervals():
    text = card(metrics=[Metric("accuracy", 0.75, "9 texts", (0.5, 0.9))]).render("a")
    assert "| accuracy | 75.0% (95% interval 50.0% to 90.0%) | 9 texts |" in text


def test_without_metrics_there_is_no_index():
    found, body = metadata(card().render("a"))
    assert "model-index" not in found
    assert "## Metrics" not in body


def test_the_date_is_that_of_the_source_where_it_is_given(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert today() == "1970-01-02"
    assert "on 1970-01-02 (UTC)" in card().render("a")
    for other in ("", "x", "9" * 40):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", other)
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", today())


def test_settings_of_any_kind():
    found = settings_table({"a": 1, "b": "x|y", "c": None, "d": True, "e": [1, 2], "f": {"g": 1}})
    assert "| `b` | x&#124;y |" in found
    assert "| `e` | &#91;1, 2&#93; |" in found
    assert "`f`" not in found
    plain = plain_card("x", "", "", "", {"format": "f", "version": 1, "units": 4, "words": ["a"]})
    assert plain.sections["Settings"].count("`") == 2


@pytest.mark.parametrize("value", [None, "1", True, float("nan"), float("inf"), [1]])
def test_what_is_no_number(value):
    assert not is_number(value)
    assert is_number(json.loads("0.5"))
