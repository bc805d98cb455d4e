"""Self-contained HTML pages: no script, nothing loaded from elsewhere, light and dark.

Jinja2 fills the templates beside this file, and escapes all values.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from textseq.errors import require_extra
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath
from textseq.registry import listed
from textseq.report.plots import Plot


@dataclass(frozen=True)
class Page:
    """A page to write."""

    path: StrPath
    title: str
    command: str | None = None  # the command that writes it, which the page quotes
    force: bool = False  # whether to replace an existing file

    def write(
        self,
        template: str,
        *,
        plots: Callable[[], Sequence[Plot]] = list,
        settings: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        """Fill a template and write the page.

        Args:
            template: The name of a file beside this one, without `.html.jinja`.
            plots: A function that draws the plots; it is called if matplotlib is installed.
            settings: Names and values for the table of settings.
            **values: What else the template uses.
        """
        require_extra("jinja2", "A page")
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent, encoding="utf-8"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        templates.filters.update(
            count="{:,}".format,
            percent="{:.1%}".format,
            fixed="{:.3f}".format,
            visible=show_invisible,
        )
        html = templates.get_template(f"{template}.html.jinja").render(
            title=self.title,
            command=self.command,
            settings=settings or {},
            plots=plots() if find_spec("matplotlib") else None,
            **values,
        )
        with atomic_file(self.path, force=self.force) as temporary:
            temporary.write_text(html, encoding="utf-8", errors="replace")


def file_names(sources: Iterable[str]) -> str:
    """Return the names of files without their folders, for the title of a page; a few of many."""
    names = ["stdin" if source == "-" else Path(source).name for source in sources]
    return listed(names, str, most=5)


def show_invisible(token: str) -> str:
    r"""Return a token with symbols in place of white space and control characters."""
    symbols = {" ": "␣", "\n": "↵", "\t": "⇥"}
    return "".join(symbols.get(c, c if c.isprintable() else "·") for c in token)
