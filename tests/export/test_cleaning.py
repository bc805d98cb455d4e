"""Cleaning in a graph, against the functions of `tokenizer.cleaning`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.export.characters import read_characters
from textseq.export.cleaning import STEPS
from textseq.export.graph import Graph
from textseq.export.onnx_model import to_model
from textseq.tokenizer.cleaning import clean_text

pytest.importorskip("onnx")

HTML = [
    "So good!<br />I can&#39;t say <b>more</b> &lt;3 <unk>",
    "&lt;b&gt;News&lt;/b&gt; of AT&amp;amp;T",
    "a #39;s quot;x quot; #8217; #8; #150; nbsp; #80000;",
    '<a title=\'x>y\' b="c=d" e= f>t</a><a b = "x',
    "<script>if (a<b) </scriptx> <b></script >x<script>",
    "<!-- a <b> --> c <!-- d <!-- e --> f <!--> <!--->",
    "<script><!-- </script> --> <b><!-- <style> --></style>",
    "<!doctype html><?xml a?>x<! b>",
    "&notit; &notin; &amp &ampx &#x41; &#65 &#0; &#x110000; &#128; &#xD800; &#1; &;&#;&#x; &#xg",
    "<wbr>b<wbr/>c</wbr>d<WBR x>",
    "<h1>x</h1 a=b><br/><br <hr><blockquote/><blockquotes>",
    "\xa0&nbsp;",
    "&CounterClockwiseContourIntegral;&NotEqualTilde;&fjlig;&CounterClockwiseContourIntegral",
    "<style a='>'>x</style>",
    "<STYLE>x</style\n>y",
    "&#000000000000065;&#x00000000000041;z&#99999999999;&#xFFFE;&#64976;",
    "",
    "no markup; none",
]

HTML_ATOMS = [
    *"<>/ =\"'ab!?-_#xX;&\t\n41é", "</", "br", "script", "style", "wbr", "<br />", "<script>",
    "</script>", "<style ", "</style>", "<!--", "-->", "<!d", "&amp", "&amp;", "39", "&#39;", "&#x",
    " quot;", " #39;", " lt;", "&lt;", "&gt;", "&not", "in", "\xa0", "h1", "&#", "0", "😀",
]  # fmt: skip


URLS = [
    "See https://t.co/x! Or ask ann@mail.org.",
    "xhttp://a.b www.a (www.x.org/a?b=c). www.www.x a_www.x",
    "bit.ly/x foo.com/ foo..com/x .a.com/x a.c/x a-b.com/x foo.com a.com/é",
    "a@b a@b.c a@b.c. a@b..c a.b@c-d.e_f x@@y.z",
    "foo.com/x@y.z ann@mail.org/x http:// https://. ftp://é HTTP://A WWW.b",
    "http://a.b.http://c.d a.bb/",
    "",
]

URL_ATOMS = [
    *"s:/.@abZ9-_%+ !?é~(),1", "http", "https", "://", "//", "ftp", "www.", "www", "..", "com",
    "co", "x@y.z", "a.bb/",
]  # fmt: skip

KINDS = {"html": (HTML, HTML_ATOMS), "urls": (URLS, URL_ATOMS)}


@pytest.fixture(scope="module")
def clean(open_onnx):
    """Return a function that cleans texts by ONNX Runtime: texts, step -> texts."""
    sessions = {}
    for name, step in STEPS.items():
        graph = Graph()
        characters = step(graph, read_characters(graph, graph.input("text", object)))
        graph.output("points", characters.points, ("characters",))
        graph.output("texts", characters.texts, ("characters",))
        sessions[name] = open_onnx(to_model(graph, "cleaning", {}))

    def run(texts, step):
        # One more, since a step is never given nothing.
        found = sessions[step](text=np.array([*texts, "a"], object))
        cleaned = ["" for _ in range(len(texts) + 1)]
        for text, point in zip(found["texts"].tolist(), found["points"].tolist(), strict=True):
            cleaned[text] += chr(point)
        return cleaned[:-1]

    return run


def in_python(texts, step):
    return [clean_text(text, [step]) for text in texts]


def test_every_step_is_tried():
    assert set(KINDS) == set(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_texts_are_cleaned_as_in_python(clean, step):
    texts = KINDS[step][0]
    assert clean(texts, step) == in_python(texts, step)


@pytest.mark.parametrize("step", STEPS)
def test_texts_are_cleaned_one_by_one_as_together(clean, step):
    texts = KINDS[step][0]
    assert [clean([text], step)[0] for text in texts] == clean(texts, step)


@pytest.mark.parametrize("step", STEPS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_text_is_cleaned_as_in_python(clean, step, data):
    text = st.lists(st.sampled_from(KINDS[step][1]), max_size=20).map("".join)
    texts = data.draw(st.lists(text, max_size=8))
    assert clean(texts, step) == in_python(texts, step)


def test_many_tags_and_attributes(clean):
    texts = ["<br />" * 3_000, "<a " + "b='c>' " * 300 + ">x", "<!--" * 2_000, "&" * 5_000]
    texts += ["<script>" * 500 + "</script>", "<style></style>" * 400, "<" * 5_000 + "b>"]
    assert clean(texts, "html") == in_python(texts, "html")


def test_many_addresses(clean):
    texts = ["http://a.b " * 2_000, "a.bb/" * 2_000, "a@b.c," * 1_000, "www." * 3_000, "." * 9_000]
    assert clean(texts, "urls") == in_python(texts, "urls")
