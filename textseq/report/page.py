"""Self-contained HTML pages: no script, nothing loaded from elsewhere, light and dark.

Jinja2 fills the templates beside this file, and escapes all values.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from textseq.errors import require_extra
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath
from textseq.report.plots import has_matplotlib


def write_page(path: StrPath, template: str, *, force: bool = False, **values: Any) -> None:
    """Fill a template and write the page.

    Args:
        path: The file to write.
        template: The name of a file beside this one, such as `"evaluation.html.jinja"`.
        force: Whether to replace an existing file.
        **values: What the template uses; each uses `title`, `settings` and `command`.

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
    pages.filters.update(
        count="{:,}".format, percent="{:.1%}".format, visible=show_invisible, fixed="{:.3f}".format
    )
    html = pages.get_template(template).render(has_matplotlib=has_matplotlib(), **values)
    with atomic_file(path, force=force) as temporary:
        temporary.write_text(html, encoding="utf-8", errors="replace")


def file_names(sources: Iterable[str]) -> str:
    """Return the names of files without their folders, for the title of a page.

    Example:
        >>> from textseq.report.page import file_names
        >>> file_names(["data/train.tsv", "-"])
        'train.tsv, stdin'
    """
    return ", ".join("stdin" if source == "-" else Path(source).name for source in sources)


def show_invisible(token: str) -> str:
    r"""Return a token with symbols in place of white space and control characters.

    Example:
        >>> from textseq.report.page import show_invisible
        >>> show_invisible("high"), show_invisible(" "), show_invisible("a\x00\n")
        ('high', '␣', 'a·↵')
    """
    symbols = {" ": "␣", "\n": "↵", "\t": "⇥"}
    return "".join(symbols.get(c, c if c.isprintable() else "·") for c in token)
