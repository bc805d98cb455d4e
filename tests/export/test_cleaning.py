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
from textseq.tokenizer.cleaning import STEPS as PYTHON_STEPS
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

UNICODE = [
    "\ufeffain\u2019t\xa0no \uff21\uff22\u2026 \x85 \x93q\x94 \u200b\u200d ﬁne ﬃ",
    "cafe\u0301 e\u0323\u0301 e\u0301\u0323 \u212b \u2126 \u0344 \u1e9b\u0323 \u0958 \u2adc",
    "\u1112\u1161\u11ab\u1100\u1173\u11af \ud55c\uae00 \ud558\u11ab \uac00\u0301\u11a8",
    "\u0301a\u0301",
    "a" + "\u0301\u0323" * 40 + "b",
    "\u0301" * 40,
    "\u0cc6\u0cc2\u0cd5 \u09c7\u09be \u0b47\u0b56 x\u09be \uff76\uff9e \u304b\u3099",
    "",
    "plain\ttext\n",
]

UNICODE_ATOMS = [
    *"aeoéệx \n…ﬃ한", *"\u0301\u0300\u0323\u0308\u0304\u0345\u0327\u0338",
    *"\u1100\u1161\u11a8\u11a7\uac00\uac01\u09c7\u09be\u0cc6\u0cc2\u0cd5\u3099\u304b",
    *"\uff76\uff9e\u00ad\ufe0f\u1e69\u212b\u0f71\u0f73\u0f80\u2adc\u0958",
    *"\U0001d15e\U0001d165\U000114b9\U000114ba",
]  # fmt: skip

KINDS = {
    "html": (HTML, HTML_ATOMS),
    "unicode": (UNICODE, UNICODE_ATOMS),
    "urls": (URLS, URL_ATOMS),
}


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
    assert set(KINDS) == set(STEPS) == set(PYTHON_STEPS)


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
    texts += ["&#" + "1" * 5_000 + ";", "&#" + "0" * 5_000 + "65;x"]
    texts += ["<script>" * 500 + "</script>", "<style></style>" * 400, "<" * 5_000 + "b>"]
    assert clean(texts, "html") == in_python(texts, "html")


def test_many_addresses(clean):
    texts = ["http://a.b " * 2_000, "a.bb/" * 2_000, "a@b.c," * 1_000, "www." * 3_000, "." * 9_000]
    assert clean(texts, "urls") == in_python(texts, "urls")


def test_many_marks(clean):
    texts = ["e" + "\u0323\u0301" * 4_000, "\u09be" * 500, "\u1100\u1161\u11a8" * 2_000]
    assert clean(texts, "unicode") == in_python(texts, "unicode")
