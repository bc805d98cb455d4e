"""Clean texts: HTML as a parser reads it, Unicode written in one way, addresses as words."""

import json
import unicodedata
from html.parser import HTMLParser

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer, tokenizer_from_json
from textseq.corpus.corpus import read_corpus
from textseq.errors import ArgumentError, ArtifactError
from textseq.tokenizer import text_splitter
from textseq.tokenizer.analyzers import ANALYZERS
from textseq.tokenizer.cleaning import (
    MARKS,
    STEPS,
    as_steps,
    clean_batch,
    clean_html,
    clean_text,
    clean_unicode,
    clean_urls,
    find_tags,
)

ALL = tuple(STEPS)

# The elements of the standard's index, and some that it calls obsolete.
KNOWN = set(
    "a abbr b br code div em font h1 hr i img li p pre s script span style td u ul wbr".split()  # noqa: SIM905
)


class Parser(HTMLParser):
    """The text of HTML as Python's parser sees it, each tag of an element a space."""

    def __init__(self):
        super().__init__()
        self.found, self.hidden = [], False

    def handle_starttag(self, tag, attrs):
        self.found.append({"wbr": ""}.get(tag, " ") if tag in KNOWN else self.get_starttag_text())
        self.hidden = tag in ("script", "style")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.hidden = False

    def handle_endtag(self, tag):
        self.found.append(" " if tag in KNOWN else f"</{tag}>")
        self.hidden = False

    def handle_data(self, data):
        self.found.append("" if self.hidden else data)

    def handle_comment(self, data):
        self.found.append(" ")

    handle_decl = handle_pi = handle_comment


def parsed(text):
    """Return the words of a text, in lower case since the parser has lower-cased tags."""
    parser = Parser()
    parser.feed(text)
    parser.close()
    return "".join(parser.found).lower().split()


TAGS = [
    *["<br>", "<br />", "<BR/>", "</p>", "<p class=x>", "<hr\n/>", "<wbr>", "<b>", "</B >", "<i/>"],
    *['<a href="http://x.org/?a=1&b=2">', "<a title='a > b'>", '<img alt = "1>2" src=x>'],
    *["<!-- <b>gone</b> > -->", "<!---->", "<!DOCTYPE html>", '<?xml version="1.0"?>'],
    *["<script>if (a < b) x('</b>')</script>", "<style type=x>b {color: red}</STYLE>"],
    *["<unk>", "<grin >", "</sarcasm>", "<ann@mail.org>", "<brr>", "<3"],
]
TEXT = ["word", "Anna's", " ", "\n", "a < b", "1>0", ">", '"', "=", "&", "AT&T", "한국어", "!"]
REFERENCES = ["&amp;", "&lt;", "&nbsp;", "&#39;", "&#x27;", "&#150;", "&copy", "&unknown;", "&#0;"]


@given(st.lists(st.sampled_from([*TAGS, *TEXT, *REFERENCES]), max_size=12))
def test_html_has_the_words_that_a_parser_finds(pieces):
    text = " <br>" + "".join(pieces)
    assert clean_html(text).lower().split() == parsed(text)


@pytest.mark.parametrize("part", ["train", "val"])
def test_html_of_real_reviews_has_the_words_that_a_parser_finds(real_data, part):
    texts = read_corpus([str(real_data("imdb", f"{part}.csv"))]).read()["text"].to_pylist()
    tagged = [text for text in texts if "<br" in text]
    others = sum(clean_html(text).lower().split() != parsed(text) for text in tagged)
    assert len(tagged) > 0.5 * len(texts)
    assert others <= 1  # a review with markup that the parser itself gives up on


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Tags between words: https://github.com/TeamHG-Memex/html-text/issues/1
        ("<option>Vifon</option><option>Vinamilk</option>", "Vifon Vinamilk"),
        ("<span>Phone</span>1-855", "Phone 1-855"),
        # https://github.com/projectEndings/staticSearch/issues/25
        ("<h3>Sir Arnulph<br/>Metadata</h3> super<wbr>cali", "Sir Arnulph Metadata supercali"),
        # https://github.com/codelucas/newspaper/pull/254
        ("Take this sentence.<br>And this.", "Take this sentence. And this."),
        # Escaped itself, as AG News and feeds are, or twice, as dumps of Reddit are.
        ("&lt;b&gt;Opinion&lt;/b&gt; of AT&amp;amp;T", "Opinion of AT&T"),
        ("quoted &amp;gt; not&amp;nbsp;me", "quoted > not me"),
        ("<p>Use &lt;div&gt; here</p>", "Use <div> here"),  # as on Stack Overflow
        # AG News, in which & became a space: https://github.com/microsoft/docfind/issues/56
        ("China #39;s will for his  quot;Gyro quot; #36;5", "China's will for his \"Gyro\"$5"),
        ("issue #12; and #13٣; amp", "issue #12; and #13٣; amp"),
        # Text, and no markup.
        ("I <3 you, x<y and <John>, <unk> <url>", "I <3 you, x<y and <John>, <unk> <url>"),
        ("<!-- never closed <b>bold</b>", "<!-- never closed bold"),
        ("<script>never closed", "never closed"),
    ],
)  # fmt: skip
def test_html_that_people_have(text, words):
    assert clean_html(text).split() == words.split()


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        # https://github.com/explosion/spaCy/issues/368, https://github.com/quanteda/quanteda/issues/2480
        ("“In quotes.” i’m not – well… happy—no", '"In quotes." i\'m not - well... happy-no'),
        # https://github.com/google-research/bert/issues/135, https://github.com/apache/lucene/issues/16241
        (unicodedata.normalize("NFD", "한국어 café"), "한국어 café"),
        ("ㅋㅋㅋ ㅠㅠ ㅋㅠ", "ㅋㅋㅋ ㅠㅠ ㅋㅠ"),  # NFKC would make a syllable of the last two
        # https://github.com/inception-project/inception/issues/5035
        ("no\xa0break\u3000wide\u2028line\r", "no break wide line "),
        # https://github.com/languagetool-org/languagetool/pull/1986
        ("zero\u200bwidth\ufeff so\xadft \u202aleft\u202c", "zero width soft left"),
        ("so\x85 it\x92s \x80 5\x81\x00\x1f", "so... it's € 5 "),  # of Windows-1252, as in IMDB
        ("ＡＢＣ！ ﾀﾞﾒ ﬁne ￦", "ABC! ダメ fine ₩"),
        ("❤\ufe0f 👩\u200d👧 می\u200cخواهم", "❤ 👩\u200d👧 می\u200cخواهم"),  # joiners are spelling
        ("½ ² ™ ① « ₂ ￣^￣", "½ ² ™ ① « ₂ ￣^￣"),
        ("tab\tline\n", "tab\tline\n"),
    ],
)
def test_unicode_that_people_have(text, clean):
    assert clean_unicode(text) == clean


def test_references_of_more_digits_than_python_reads():
    many = 5_000
    assert clean_html("&#" + "1" * many + ";") == "\ufffd"
    assert clean_html("&#" + "0" * many + "65;") == "A"
    assert clean_html("&#x" + "0" * many + "41;") == "A"
    assert clean_html("&#00;&#0&#;") == "\ufffd\ufffd&#;"


def test_a_letter_with_more_marks_than_can_be_sorted_soon():
    towers = "Z" + "\u0301\u0316" * 100_000 + " " + "!" * 100 + "é" * 100
    assert len(clean_unicode(towers)) <= 1 + MARKS + 201
    assert clean_unicode("Z" + "\u0316" * MARKS) == "Z" + "\u0316" * MARKS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # https://github.com/nltk/nltk/issues/2222
        ("http://t.co/LY “http://t.co/LY” “http://t.co/LY”xx", "httpurl “ httpurl ” “ httpurl ”xx"),
        # https://github.com/cardiffnlp/xlm-t/issues/4
        ("(http://x.org/a_(b)), https://x.org!!! .@Rudy", "( httpurl )), httpurl !!! .@Rudy"),
        ("bit.ly/abc pic.twitter.com/Ab1 youtu.be/x?t=1.", "httpurl httpurl httpurl ."),
        ("http://naver.com에서 请看http://t.cn/abc谢谢", "httpurl 에서 请看 httpurl 谢谢"),
        ("[a](https://x.org/y) [url=www.x.org]y[/url]", "[a]( httpurl ) [url= httpurl ]y[/url]"),
        ("<a href='http://x.org'>", "<a href=' httpurl"),  # what `html` is for
        ("Mail ann.b+c@mail.co.kr, mailto:x@y.org", "Mail mailaddress , mailto: mailaddress"),
        ("amazon.com, and/or, the end.Then 1.5/10 p.m./a.m. :// www. a@b", None),
    ],
)  # fmt: skip
def test_addresses_that_people_have(text, words):
    found = clean_urls(text)
    if text.startswith("<a"):
        found = found.rpartition("'")[0]
    assert found.split() == (words or text).split()


HARD = [
    *TAGS, *TEXT, *REFERENCES, "“", "’", "…", "\u200b", "\xa0", "\x85", "ﬁ", "e\u0301", "ａ",
    "http://x.org", "www.", "a@b.co", "bit.ly/x", "&amp;lt;br&amp;gt;", "&lt;br&gt;", " quot;",
]  # fmt: skip
DIRTY = st.lists(st.sampled_from(HARD) | st.text(max_size=3), max_size=8).map("".join)
SOME = st.sets(st.sampled_from(ALL)).map(as_steps)


@given(st.lists(DIRTY, max_size=6), SOME, st.sampled_from([pa.string(), pa.large_string()]))
def test_arrow_and_python_make_the_same_texts(texts, steps, kind):
    array = pa.concat_arrays([pa.array(["<b>"], kind), pa.array(texts, kind)])[1:]
    assert clean_batch(array, steps).to_pylist() == [clean_text(text, steps) for text in texts]


@given(DIRTY)
def test_unicode_and_addresses_are_clean_after_once(text):
    clean = clean_unicode(text)
    assert clean_unicode(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert clean_urls(clean_urls(text)) == clean_urls(text)


@given(st.lists(DIRTY, min_size=1, max_size=6), SOME, st.sampled_from([None, *ANALYZERS.names()]))
def test_a_tokenizer_that_cleans_is_one_of_clean_texts(texts, steps, analyzer):
    cleaned = [clean_text(text, steps) for text in texts]
    plain = Tokenizer(analyzer=analyzer)
    plain.fit_on_texts(cleaned)
    for much in (0, 2**62):  # the kernels, and Python
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(text_splitter, "MUCH", much)
            tokenizer = Tokenizer(analyzer=analyzer, clean=steps)
            tokenizer.fit_on_texts(texts)
            assert tokenizer.word_counts == plain.word_counts
            read = tokenizer_from_json(tokenizer.to_json())
            for each in (tokenizer, read, read.without_counts(), read.without_unused_words()):
                if each.word_index:
                    assert each.texts_to_sequences(texts) == plain.texts_to_sequences(cleaned)
            assert list(tokenizer.tokenize(texts)) == list(plain.tokenize(cleaned))
            assert tokenizer.count_words(texts) == plain.word_counts


def test_tokens_made_elsewhere_are_left_as_they_are():
    tokenizer = Tokenizer(clean=ALL)
    assert list(tokenizer.tokenize([["<br>", "“"], "a<br>“b”"])) == [["<br>", "“"], ["a", "b"]]


def test_a_tokenizer_keeps_its_steps_in_json_and_leaves_them_out_of_keras_part():
    tokenizer = Tokenizer(clean="urls,html")
    assert tokenizer.clean == ("html", "urls")
    layout = json.loads(tokenizer.to_json())
    assert layout["textseq"] == {"clean": ["html", "urls"]}
    assert "clean" not in layout["config"]
    assert "textseq" not in json.loads(Tokenizer().to_json())
    assert tokenizer_from_json(tokenizer.to_json()).clean == ("html", "urls")


@pytest.mark.parametrize("clean", ["htm", ["html", 3], 5, {"x"}, "html,", ["x" * 10_000]])
def test_steps_that_there_are_not(clean):
    with pytest.raises(ArgumentError, match=r"`clean` .--clean. has no step .*html, unicode, urls"):
        Tokenizer(clean=clean)
    layout = json.loads(Tokenizer().to_json())
    layout["textseq"] = {"clean": list(clean) if isinstance(clean, set) else clean}
    with pytest.raises(ArtifactError, match="has no step") as refused:
        tokenizer_from_json(json.dumps(layout))
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("clean", [None, (), [], "none"])
def test_no_steps(clean):
    assert Tokenizer(clean=clean).clean == ()


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("<3 A joy.<br />Or <b>more</b>", "<br />"),
        ("(<P ALIGN=left>)", "<P ALIGN=left>"),
        ("&lt;b&gt;News&lt;/b&gt;", "&lt;b&gt;"),
        ("I <3 <unk>, a < b > c &amp; <john@mail.org> <spoiler>", ""),
        ("<br", ""),
    ],
)
def test_texts_that_hold_tags(text, tag):
    batches = [pa.array(["a"], pa.large_string()), pa.array([text, "<i>"]), [["<br>"]]]
    assert find_tags(batches) == ((0.5, tag) if tag else (0.25, "<i>"))
    assert find_tags([]) == (0.0, "")
