"""One self-contained HTML page: no script, nothing from the network, light and dark.

Jinja2 fills the templates beside this file, and escapes all that it is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from textseq.errors import require_extra
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath
from textseq.report.figures import can_draw, visible


def write_page(path: StrPath, template: str, *, force: bool = False, **values: Any) -> None:
    """Fill a template and write the page, whole or not at all.

    Args:
        path: The file.
        template: The name of a file beside this one, such as `"evaluation.html.jinja"`.
        force: Whether to replace a file that exists.
        **values: What the template asks for; all pages ask for a `title`.

    Raises:
        MissingExtraError: Jinja2 is not installed.
        OutputExistsError: The file exists and `force` is false.
    """
    require_extra("jinja2", "A page")
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent, encoding="utf-8"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    pages.filters.update(count=_count, share=_share, visible=visible)
    html = pages.get_template(template).render(can_draw=can_draw(), **values)
    with atomic_file(path, force=force) as temporary:
        temporary.write_text(html, encoding="utf-8", errors="replace")


def names_of(sources: Iterable[str]) -> str:
    """Return the names of files without their folders, for a page's title.

    Example:
        >>> from textseq.report.page import names_of
        >>> names_of(["data/train.tsv", "-"])
        'train.tsv, stdin'
    """
    return ", ".join("stdin" if source == "-" else Path(source).name for source in sources)


def _count(number: int) -> str:
    return f"{number:,}"


def _share(number: float) -> str:
    return f"{number:.1%}"
