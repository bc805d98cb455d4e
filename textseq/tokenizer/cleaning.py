"""Steps that clean texts before they are split into tokens, by name.

    html      tags become spaces, and character references the characters that they mean
    unicode   one way to write a character: composed, without invisible ones, typographic
              punctuation as on a keyboard
    urls      addresses of pages and of mail become one word each

They are applied in this order, in whatever order they are named. A step takes time in proportion to
the length of a text, whatever the text holds, and leaves a text without a match of its `touches` as
it is: of an Arrow array, only the other texts become Python strings.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from textseq.compute.settings import shown
from textseq.corpus.text_batches import TextBatch
from textseq.errors import ArgumentError
from textseq.registry import did_you_mean

URL, MAIL = "httpurl", "mailaddress"
"""The words that replace addresses."""

_ELEMENTS = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big "
    "blink blockquote body br button canvas caption center cite code col colgroup data datalist dd "
    "del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form "
    "frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label "
    "legend li link main map mark marquee menu meta meter nav nobr noframes noscript object ol "
    "optgroup option output p param picture plaintext pre progress q rp rt ruby s samp script "
    "search section select slot small source span strike strong style sub summary sup svg table "
    "tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp"
)
ELEMENTS = tuple(_ELEMENTS.split())
"""Of the HTML standard, and obsolete ones. What is none, such as <unk> or <grin>, is text."""

_NAME = f"(?:{'|'.join(sorted(ELEMENTS, reverse=True))})"  # the longer of two first

# A tag ends at the next < at the latest, and a comment at the next <!--, so that what is never
# closed is not looked at again from each of its beginnings.
_MARKUP = re.compile(
    r"<!--(?:[^<]|<(?!!--))*?-->"
    r"|<(script|style)\b[^<>]*>(?:[^<]|<(?!/?\1\b))*</\1\s*>"
    rf"""|</?{_NAME}(?:[\s/](?>=\s*"[^"<]*"|=\s*'[^'<]*'|[^<>])*+)?>"""
    r"|<[!?][a-z][^<>]*>",
    re.ASCII | re.IGNORECASE,
)
_LOST = r" (#(?:3[4689]|1[3-5]\d|8\d{3})|quot|amp|lt|gt|nbsp);"  # as AG News has them
_REFERENCE = re.compile(_LOST, re.ASCII)
_NUMBER = re.compile("&#0*(?=[0-9])([0-9]{,8})[0-9]*")
_TAG = rf"(?i)(?:<|&lt;)/?{_NAME}(?:[\s/][^<>]*)?(?:>|&gt;)"

_IN_URL, _ENDS_URL = r"[\w.~:/?#@!$&'()*+,;=%-]", r"[\w~/#@$&+=%-]"
_ADDRESS = re.compile(
    rf"(?P<url>(?:(?:https?|ftp)://|\bwww\.){_IN_URL}*{_ENDS_URL}"
    rf"|(?<![\w.@/-])(?:[a-z0-9-]+\.)+[a-z]{{2,}}/(?:{_IN_URL}*{_ENDS_URL})?)"
    r"|(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+",
    re.ASCII | re.IGNORECASE,
)

MARKS = 30
"""The most marks of one letter, as in Unicode's stream-safe text: to sort n of them takes n^2."""

TAGGED = 0.01
"""Where more than this fraction of training texts hold tags, a classifier cleans HTML."""


def clean_html(text: str) -> str:
    """Return the text of HTML.

    Tags of HTML's elements, comments, and what is in `script` and `style` become a space, `<wbr>`
    nothing; character references are resolved, also those that have a space in place of their &,
    and no-break spaces become spaces. A text without tags is one that was escaped itself, perhaps:
    its references are resolved before and after.

    Example:
        >>> from textseq.tokenizer.cleaning import clean_html
        >>> clean_html("So good!<br />I can&#39;t say <b>more</b> &lt;3 <unk>")
        "So good! I can't say  more  <3 <unk>"
        >>> clean_html("&lt;b&gt;News&lt;/b&gt; of AT&amp;amp;T")
        ' News  of AT&T'
    """
    text = _REFERENCE.sub(r"&\1;", text)
    if not _MARKUP.search(text):
        text = _unescape(text)
    return _unescape(_MARKUP.sub(_space, text)).replace("\xa0", " ")


def _unescape(text: str) -> str:
    # Python refuses to read numbers of thousands of digits; no character has more than seven.
    return html.unescape(_NUMBER.sub(r"&#\1", text))


def _space(tag: re.Match[str]) -> str:
    return "" if tag[0][:4].lower() == "<wbr" else " "


def clean_unicode(text: str) -> str:
    r"""Return a text whose characters are written in one way.

    - Letters and marks are composed (NFC): of Hangul and accents that macOS takes apart, too.
    - White space is spaces, but for tabs and line feeds; so is the zero-width space.
    - Control characters, soft hyphens, byte order marks, and marks of direction or of how to draw
      an emoji are dropped; controls that are characters of Windows-1252 become those.
    - Full-width letters and half-width kana have their usual width, and ligatures are letters.
    - Typographic quotes, dashes and ellipses become `'`, `"`, `-` and `...`.
    - Of a stack of marks on one letter, the first `MARKS` are kept.

    Example:
        >>> from textseq.tokenizer.cleaning import clean_unicode
        >>> clean_unicode("\ufeffain\u2019t\xa0no \uff21\uff22\u2026")
        "ain't no AB..."
    """
    text = _STACKED.sub(_first_marks, _ODD.sub(lambda odd: PLAIN[odd[0]], text))
    return unicodedata.normalize("NFC", text)


def _first_marks(found: re.Match[str]) -> str:
    kept, marks = [], 0
    for char in found[0]:
        marks = marks + 1 if unicodedata.combining(char) else 0
        kept += [char] if marks <= MARKS else []
    return "".join(kept)


def _plain_characters() -> dict[str, str]:
    """Return what `clean_unicode` writes for each character that it does not leave."""
    invisible = [*range(0x1C), 0x7F, 0xAD, 0x61C, 0x200E, 0x200F, 0xFEFF, *range(0xFFF9, 0xFFFD)]
    invisible += [*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10)]
    other_width = [*range(0xFF01, 0xFFA0), *range(0xFFE0, 0xFFE3), *range(0xFFE4, 0xFFE7)]
    ligatures = range(0xFB00, 0xFB07)
    keyboard = dict(zip("‘’‚‛“”„‟‐‑‒–—―", "''''\"\"\"\"------", strict=True)) | {"…": "..."}
    plain = {chr(i): "" for i in invisible}
    plain |= {chr(i): " " for i in range(0x3001) if chr(i).isspace()} | {"\u200b": " "}
    plain |= {chr(i): bytes([i]).decode("cp1252", "ignore") for i in range(0x80, 0xA0)}
    plain |= {chr(i): unicodedata.normalize("NFKC", chr(i)) for i in (*other_width, *ligatures)}
    plain = {char: keyboard.get(other, other) for char, other in plain.items()} | keyboard
    return {char: other for char, other in plain.items() if char not in " \t\n"}


PLAIN = _plain_characters()
"""What `clean_unicode` writes for each character that it does not leave."""

_ODD = re.compile(f"[{re.escape(''.join(PLAIN))}]")
_STACKED = re.compile(rf"[^\w\s]{{{MARKS + 1},}}")  # marks are no letters; so are other characters


def clean_urls(text: str) -> str:
    """Return a text in which `httpurl` or `mailaddress` replaces each address.

    An address of a page begins with `http://`, `https://`, `ftp://` or `www.`, or is the name of a
    host with a path, such as `bit.ly/x`; `amazon.com` is a name. It consists of ASCII characters,
    and punctuation that follows it is not part of it.

    Example:
        >>> from textseq.tokenizer.cleaning import clean_urls
        >>> clean_urls("See https://t.co/x! Or ask ann@mail.org.").split()
        ['See', 'httpurl', '!', 'Or', 'ask', 'mailaddress', '.']
    """
    return _ADDRESS.sub(lambda found: f" {URL if found['url'] else MAIL} ", text)


@dataclass(frozen=True)
class Step:
    """One way to clean texts.

    Args:
        clean: The function of a text.
        touches: A regular expression, of RE2's syntax, that each text that `clean` changes matches.
    """

    clean: Callable[[str], str]
    touches: str


STEPS = {
    "html": Step(clean_html, f"[<&\xa0]|{_LOST}"),
    "unicode": Step(clean_unicode, r"[^\t\n -~]"),
    "urls": Step(clean_urls, r"(?i)://|www\.|@|\.[a-z]{2,}/"),
}
"""The steps by name, in the order in which they are applied."""


def as_steps(value: Any) -> tuple[str, ...]:
    """Return the names of steps in the order in which they are applied, each once.

    Args:
        value: Names, or one string of names between commas; None or `"none"` for no step.

    Raises:
        ArgumentError: There is no step of that name.

    Example:
        >>> from textseq.tokenizer.cleaning import as_steps
        >>> as_steps("urls, html")
        ('html', 'urls')
    """
    if isinstance(value, str):
        value = () if value.strip() == "none" else [name.strip() for name in value.split(",")]
    try:
        names = [] if value is None else list(value)
    except TypeError:
        names = [value]
    if len(names) > 1 and any(isinstance(name, str) and name == "none" for name in names):
        raise ArgumentError(
            "`clean` (--clean) is none or names of steps, not both; leave out 'none' or the steps."
        )
    for name in names:
        if not isinstance(name, str) or name not in STEPS:
            raise ArgumentError(
                f"`clean` (--clean) has no step {shown(name)}; "
                f"{did_you_mean(shown(name), STEPS)}, several as in 'html,urls', or none."
            )
    return tuple(name for name in STEPS if name in names)


def clean_text(text: str, steps: Iterable[str]) -> str:
    """Return a text after steps, in the order given.

    Example:
        >>> from textseq.tokenizer.cleaning import clean_text
        >>> clean_text("Look:<br>www.example.org", ["html", "urls"]).split()
        ['Look:', 'httpurl']
    """
    for name in steps:
        text = STEPS[name].clean(text)
    return text


def clean_batch(batch: TextBatch, steps: Iterable[str]) -> TextBatch:
    """Return a batch whose strings are `clean_text`'s; lists of tokens are left as they are."""
    if not isinstance(batch, pa.Array):
        return batch
    for name in steps:
        touched = pc.match_substring_regex(batch, STEPS[name].touches)
        texts = batch.filter(touched).to_pylist()
        if texts:
            cleaned = pa.array(map(STEPS[name].clean, texts), pa.large_string())
            batch = pc.replace_with_mask(batch.cast(pa.large_string()), touched, cleaned)
    return batch


def find_tags(batches: Iterable[TextBatch]) -> tuple[float, str]:
    """Return the fraction of texts that hold tags of HTML, escaped ones too, and the first tag.

    Example:
        >>> import pyarrow as pa
        >>> from textseq.tokenizer.cleaning import find_tags
        >>> find_tags([pa.array(["A joy.<br />Really."]), pa.array(["A bore <grin>"])])
        (0.5, '<br />')
    """
    tagged, texts, first = 0, 0, ""
    for batch in batches:
        texts += len(batch)
        if isinstance(batch, pa.Array):
            found = batch.filter(pc.match_substring_regex(batch, _TAG))
            if len(found) and not tagged:
                first = pc.extract_regex(found[:1], f"(?P<tag>{_TAG})")[0].as_py()["tag"]
            tagged += len(found)
    return tagged / max(1, texts), first
