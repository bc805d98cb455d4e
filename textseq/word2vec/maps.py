"""A map of words: their vectors projected to two dimensions, and drawn."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.compute.interrupts import deferring_interrupts
from textseq.compute.plotting import load_matplotlib
from textseq.errors import ArgumentError, require_extra
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath
from textseq.word2vec.lookup import known_key, unit_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from textseq.word2vec.lookup import Vectors

METHODS = ("pca", "tsne")

SIDES = (
    ((4, 0), "left", "center"),
    ((-4, 0), "right", "center"),
    ((0, 4), "center", "bottom"),
    ((0, -4), "center", "top"),
)
"""Where a name can be, from its dot: points to the right and up, and how it is aligned."""

FALLBACK_FONTS = frozenset(
    {
        "AppleGothic", "AppleSDGothicNeo", "Arial Unicode", "NanumGothic", "NotoSansArabic-Regular",
        "NotoSansCJK-Regular", "NotoSansDevanagari-Regular", "NotoSansHebrew-Regular",
        "NotoSansJP-Regular", "NotoSansKR-Regular", "NotoSansSC-Regular", "NotoSansThai-Regular",
        "SourceHanSans-Regular", "malgun", "unifont",
    }
)  # fmt: skip
"""Names of font files for what matplotlib's own DejaVu Sans lacks, such as Hangul and Han."""


@dataclass(frozen=True)
class WordMap:
    """Words and their places.

    Args:
        words: The words.
        places: Coordinates: float64, shape (words, 2).
        method: One of `METHODS`.
        explained: For `"pca"`, the proportions of the variance that the two axes explain.
    """

    words: tuple[str, ...]
    places: npt.NDArray[np.float64]
    method: str
    explained: tuple[float, float] | None


def word_map(
    vectors: Vectors,
    *,
    words: Sequence[str] | None = None,
    count: int = 100,
    method: str = "pca",
    seed: int = 0,
) -> WordMap:
    """Project vectors, scaled to length 1, to two dimensions, by scikit-learn.

    Args:
        vectors: The vectors.
        words: Which words; None for the first `count`, the most frequent in most files.
        count: How many words.
        method: `"pca"`: the two directions in which these words differ most; `"tsne"`: t-SNE (van
            der Maaten and Hinton 2008), which keeps neighbours together, and no distances.
        seed: Seed of t-SNE.

    Raises:
        ArgumentError: A word has no vector, there are fewer than three words, the vectors have
            a length of 1, or `method` is none of these.

    Example:
        >>> import numpy as np
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(3)
        >>> vectors.add_vectors(["hill", "sea", "lake"], np.eye(3))
        >>> word2vec.word_map(vectors).places.shape
        (3, 2)
    """
    if method not in METHODS:
        raise ArgumentError(f"`method` must be one of {', '.join(METHODS)}. Received: {method!r}.")
    keys = [known_key(vectors, word) for word in words] if words else vectors.index_to_key[:count]
    keys = list(dict.fromkeys(keys))
    if len(keys) < 3 or vectors.vector_size < 2:
        raise ArgumentError(
            f"A map needs three words or more, of two values or more. Received: {len(keys)} words "
            f"of {vectors.vector_size} values."
        )
    rows = unit_rows(vectors[keys]).astype(np.float64)
    if method == "tsne":
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits

        perplexity = min(30.0, (len(rows) - 1) / 3)
        tsne = TSNE(perplexity=perplexity, metric="cosine", init="random", random_state=seed)
        # On more threads than free cores it takes many times as long: they wait for each other.
        with threadpool_limits(1):
            places = tsne.fit_transform(rows).astype(np.float64)
        return WordMap(tuple(keys), places, method, None)
    from sklearn.decomposition import PCA

    pca = PCA(2, svd_solver="full")
    with np.errstate(invalid="ignore"):  # equal vectors have no variance to explain
        places = pca.fit_transform(rows)
    first, second = np.nan_to_num(pca.explained_variance_ratio_).tolist()
    return WordMap(tuple(keys), places, method, (first, second))


def draw_map(drawn: WordMap, path: StrPath, *, force: bool = False) -> tuple[str, ...]:
    """Draw a map as a PNG image: a dot for each word, and its name where there is room.

    Earlier words get room first. What matplotlib's own font lacks is drawn in an installed one of
    `FALLBACK_FONTS`.

    Returns:
        The words that these fonts lack glyphs of, which are drawn with boxes in their place.

    Raises:
        MissingExtraError: matplotlib is not installed.
        ArgumentError: The name does not end in .png.
        OutputExistsError: The file exists and `force` is false.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from pathlib import Path
        >>> from textseq.word2vec import WordMap, draw_map
        >>> drawn = WordMap(("hill", "sea"), np.array([[0.0, 1.0], [1.0, 0.0]]), "pca", (0.7, 0.3))
        >>> draw_map(drawn, Path(tempfile.mkdtemp()) / "map.png")
        ()
    """
    check_drawable(path)
    with deferring_interrupts():  # matplotlib aborts where its import is interrupted
        return _draw_map(drawn, path, force=force)


def _draw_map(drawn: WordMap, path: StrPath, *, force: bool) -> tuple[str, ...]:
    load_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 9), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    with atomic_file(path, force=force) as temporary, warnings.catch_warnings(record=True) as seen:
        warnings.filterwarnings("always", "Glyph .* missing")
        _draw_dots(axes, drawn)
        _draw_names(axes, drawn, font_families())
        # Without the version of matplotlib, equal maps make equal files.
        figure.savefig(temporary, format="png", metadata={"Software": None})
    missing = {chr(int(code)) for w in seen for code in re.findall(r"^Glyph (\d+)", str(w.message))}
    return tuple(word for word in drawn.words if missing & set(word))


def font_families() -> list[str]:
    """Return the families that matplotlib is to try in turn, those of `FALLBACK_FONTS` last."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    listed = {font.fname for font in manager.ttflist}  # matplotlib keeps its list for weeks
    for path in sorted(font_manager.findSystemFonts()):
        if Path(path).stem in FALLBACK_FONTS and path not in listed:
            manager.addfont(path)
    known = {font.name for font in manager.ttflist if Path(font.fname).stem in FALLBACK_FONTS}
    return ["DejaVu Sans", *sorted(known)]


def check_drawable(path: StrPath) -> None:
    """Refuse what `draw_map` could not do; call it before long work."""
    if not str(path).lower().endswith(".png"):
        raise ArgumentError(
            f"A map is a PNG image; expected a name that ends in .png. Received: '{path}'."
        )
    require_extra("matplotlib", "Drawing")


def _draw_dots(axes: Axes, drawn: WordMap) -> None:
    x, y = drawn.places.T
    axes.scatter(x, y, s=9, color="#2b6cb0", alpha=0.8, linewidths=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(0.06)
    if drawn.explained is None:
        axes.set(xticks=[], yticks=[], xlabel="t-SNE: only which words are near counts")
    else:
        first, second = drawn.explained
        axes.set_xlabel(f"First principal component ({first:.0%} of the variance)")
        axes.set_ylabel(f"Second principal component ({second:.0%} of the variance)")


def _draw_names(axes: Axes, drawn: WordMap, families: list[str]) -> None:
    """Write each word on the first side of its dot where it covers no earlier word and no dot."""
    figure: Any = axes.figure
    figure.draw_without_rendering()
    dots = axes.transData.transform(drawn.places)
    taken: list[Any] = []
    for word, place in zip(drawn.words, drawn.places, strict=True):
        for offset, side, height in SIDES:
            name = axes.annotate(
                word, place, offset, textcoords="offset points", ha=side, va=height, fontsize=9,
                fontfamily=families, parse_math=False,
            )  # fmt: skip
            name.set_in_layout(False)
            box = name.get_window_extent()
            on_page = figure.bbox.containsx(box.x0) and figure.bbox.containsx(box.x1)
            dotted = ((dots > box.p0) & (dots < box.p1)).all(axis=1).any()
            if on_page and not dotted and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            name.remove()
