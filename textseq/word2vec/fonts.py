"""Which installed fonts have the glyphs of some words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

DEFAULT = "DejaVu Sans"
"""Comes with matplotlib; has Latin, Greek, Cyrillic and more, and no Hangul or Han."""

PREFERRED = ("NotoSans", "NanumGothic", "SourceHanSans", "NotoSansCJK", "AppleGothic", "malgun")
"""Beginnings of files' names that are chosen first: plain fonts of many glyphs."""


def families_for(words: Iterable[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return font families that matplotlib is to try in turn, and the words they cannot show.

    Example:
        >>> from textseq.word2vec.fonts import families_for
        >>> families_for(["mountain"])
        (['DejaVu Sans'], ())
    """
    words = tuple(words)
    families = [DEFAULT]
    lacking = _letters(words) - _glyphs(Path(font_manager.findfont(DEFAULT)))
    for path in sorted(_installed(), key=_rank) if lacking else ():
        if found := lacking & _glyphs(path):
            with contextlib.suppress(RuntimeError, OSError):
                font_manager.fontManager.addfont(str(path))
                families.append(font_manager.get_font(str(path)).family_name)
                lacking -= found
        if not lacking:
            break
    return families, tuple(word for word in words if lacking & set(word))


def _letters(words: Iterable[str]) -> set[str]:
    return {letter for word in words for letter in word if letter.isprintable()}


def _installed() -> list[Path]:
    return [Path(path) for path in font_manager.findSystemFonts()]


def _rank(path: Path) -> tuple[bool, bool, str]:
    """Put preferred fonts first, and regular ones before bold or slanted ones."""
    name = path.stem
    styled = any(style in name for style in ("Bold", "Italic", "Light", "Black", "Thin", "Oblique"))
    return styled, not name.startswith(PREFERRED), name


def _glyphs(path: Path) -> set[str]:
    """Return the characters that a font can show; none where it cannot be read."""
    try:
        return {chr(code) for code in FT2Font(str(path)).get_charmap()}
    except (RuntimeError, OSError):
        return set()
