"""The model card: a README.md in a model folder, which says what the model is.

It begins with metadata in YAML, as Hugging Face's hub and other tools read it, and goes on in
Markdown. It has no checksum, so that whoever publishes a model can correct it and add what only
people know: the licence, the language, what the model is for.

Labels and names may hold anything, and must neither end a cell of a table, nor make a link or HTML,
nor end the metadata. In Markdown, what could is written as entities, such as `&#124;` for `|`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textseq import __version__

CARD = "README.md"

LICENCES = "https://huggingface.co/docs/hub/repositories-licenses"

_SHOWN = 80  # characters of a name or label
_SPECIAL = re.compile(r"[\\`*\[\]<>|~&$@]|(?<!\w)_|_(?!\w)|(?<=[a-z]):(?=//)|(?<=www)\.", re.I)


@dataclass(frozen=True)
class Metric:
    """A metric, and of what examples it is.

    Args:
        type: Its name, such as "accuracy".
        value: Its value.
        of: The examples, such as "102 validation texts".
        interval: The ends of its 95 % interval, if they are known.
    """

    type: str
    value: float
    of: str
    interval: Sequence[float] | None = None


@dataclass(frozen=True)
class ModelCard:
    """What is in a card.

    Args:
        task: The task, as Hugging Face calls it, such as "text-classification".
        summary: A sentence or two on what the model is.
        commands: Commands that use it; `{model}` is the folder.
        python: Likewise, a program.
        metrics: What is known of its quality.
        sections: Further ones, in Markdown, by heading.
    """

    task: str
    summary: str
    commands: str
    python: str
    metrics: Sequence[Metric] = ()
    sections: Mapping[str, str] | None = None

    def render(self, name: str) -> str:
        """Return the card as a text.

        Args:
            name: The name of the model, which is that of its folder.

        Example:
            >>> from textseq.tasks.model_card import ModelCard
            >>> card = ModelCard("text-classification", "It labels.", "ls {model}", "print(1)")
            >>> print(card.render("m").split("# m")[0].strip())
            ---
            library_name: textseq
            pipeline_tag: text-classification
            tags:
            - textseq
            # license: choose one of https://huggingface.co/docs/hub/repositories-licenses
            # language: such as en
            ---
        """
        plain = _printable(name)
        parts = [
            "---",
            "\n".join([*self._metadata(plain), "---", ""]),
            f"# {in_markdown(name)}\n",
            f"{self.summary}\n",
            "## How to use it\n",
            "In the folder that holds this one, with textseq installed:\n",
            f"```sh\n{self.commands.format(model=shlex.quote(plain))}\n```\n",
            f"```python\n{self.python.format(model=repr(plain))}\n```\n",
        ]
        if self.metrics:
            parts += ["## Metrics\n", table(("metric", "value", "of"), map(_row, self.metrics))]
        for heading, text in (self.sections or {}).items():
            parts += [f"## {heading}\n", f"{text.strip()}\n"]
        parts += [
            "## About this card\n",
            f"Written by textseq {__version__} on {today()} (UTC), from what the model folder "
            f"holds. The model has no licence until whoever made it states one, above as "
            f"`license:` and in a file. This file has no checksum: correct it, and add what the "
            f"model is for.",
        ]
        return "\n".join(parts) + "\n"

    def _metadata(self, name: str) -> list[str]:
        """Return the lines of the metadata."""
        lines = ["library_name: textseq", f"pipeline_tag: {self.task}", "tags:", "- textseq"]
        lines += [f"# license: choose one of {LICENCES}", "# language: such as en"]
        if not self.metrics:
            return lines
        types = dict.fromkeys(metric.type for metric in self.metrics)
        lines += ["metrics:", *(f"- {kind}" for kind in types), "model-index:"]
        lines += [f"- name: {json.dumps(name, ensure_ascii=False)}", "  results:"]
        for metric in self.metrics:
            lines += [
                "  - task:",
                f"      type: {self.task}",
                "    dataset:",
                "      type: unknown",
                f"      name: {json.dumps(metric.of)}",
                "    metrics:",
                f"    - type: {metric.type}",
                f"      value: {metric.value:.4f}",
            ]
        return lines


def in_markdown(text: object) -> str:
    r"""Return a text for Markdown, also for a cell of a table: it stands for itself alone.

    Example:
        >>> from textseq.tasks.model_card import in_markdown
        >>> in_markdown("a|b"), in_markdown("[x](http://y)"), in_markdown("two_words")
        ('a&#124;b', '&#91;x&#93;(http&#58;//y)', 'two_words')
        >>> in_markdown("0.5"), in_markdown("1. one")
        ('0.5', '&#49;. one')
        >>> in_markdown("<b>\n")
        '&#60;b&#62;&#92;n'
    """
    shown = _printable(str(text))
    shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
    escaped = _SPECIAL.sub(lambda found: "".join(f"&#{ord(c)};" for c in found[0]), shown)
    # What would begin a heading, a list, a quotation or a rule.
    return re.sub(
        r"^(\s*)([#+\-=]|\d+(?=[.)](?:\s|$)))",
        lambda m: f"{m[1]}&#{ord(m[2][0])};{m[2][1:]}",
        escaped,
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown; its cells are escaped before.

    Example:
        >>> from textseq.tasks.model_card import table
        >>> print(table(("label", "texts"), [("good", 7)]), end="")
        | label | texts |
        |---|---|
        | good | 7 |
    """
    first, *others = (f"| {' | '.join(map(str, line))} |\n" for line in (heads, *rows))
    return f"{first}|{'---|' * len(heads)}\n{''.join(others)}"


def plain_card(
    task: str,
    summary: str,
    commands: str,
    python: str,
    config: Mapping[str, Any],
    metrics: Sequence[Metric] = (),
) -> ModelCard:
    """Return a card with all numbers and names of a config as its settings."""
    scalar = {name: v for name, v in config.items() if isinstance(v, bool | int | float | str)}
    settings = {name: v for name, v in scalar.items() if name not in ("format", "version")}
    sections = {"Settings": settings_table(settings)}
    return ModelCard(task, summary, commands, python, metrics, sections)


def settings_table(settings: Mapping[str, Any]) -> str:
    """Return settings as a table; what is neither a number, a string nor a list is left out."""
    shown = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
        if isinstance(value, bool | int | float | str | list | None)
    }
    return table(("setting", "value"), ((f"`{n}`", in_markdown(v)) for n, v in shown.items()))


def is_number(value: Any) -> bool:
    """Return whether a value of JSON is a finite number: files may hold anything."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return numeric and abs(value) < 1e300


def today() -> str:
    """Return the date in UTC: that of `SOURCE_DATE_EPOCH` where it is set, for repeatable files."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(given) if given.isdecimal() and len(given) < 12 else time.time()
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def _row(metric: Metric) -> tuple[str, str, str]:
    value = f"{metric.value:.1%}"
    if metric.interval is not None:
        low, high = metric.interval
        value += f" (95% interval {low:.1%} to {high:.1%})"
    return metric.type.replace("_", " "), value, metric.of


def _printable(text: str) -> str:
    """Return a text with escapes in place of what is not printable, line ends among it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
