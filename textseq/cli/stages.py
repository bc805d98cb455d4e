"""The stages of a pipeline file as command lines, checked before any of them runs."""

from __future__ import annotations

import difflib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from textseq.errors import ArgumentError
from textseq.pipeline_file import Stage

WRITTEN = {"output", "save_tokenizer", "report", "html"}
"""Options that name an output."""

READ = {"sources", "ids", "model", "tokenizer", "vectors", "validation", "config", "input"}
"""Parameters that name an input, which an earlier stage may have yet to make."""

NOT_STAGES = {"run", "inspect", "migrate", "demo"}
NOT_OPTIONS = {"help", "force"}
OWN_CODE = re.compile(r"([A-Za-z_][\w.]*):\w+")


def stage_of(table: dict[str, Any], number: int, program: Any, folder: Path) -> Stage:
    """Turn a table of the pipeline file into a command line, and check it as one.

    Args:
        table: `command`, perhaps `name` and `stdout`, and the command's arguments and options.
        number: Which table it is, from 1.
        program: The program's Click group.
        folder: Where paths start.

    Raises:
        ArgumentError: There is no such command or option, or a value cannot be what it says.
    """
    words = table.get("command")
    name = table.get("name", words)
    if not isinstance(words, str) or not isinstance(name, str):
        called = name if isinstance(name, str) else f"number {number}"
        raise _refused(called, 'needs a `command`, such as command = "tokenize"')
    command = _command(program, words, name)
    values = {k: v for k, v in table.items() if k not in ("command", "name", "stdout")}
    stdout = table.get("stdout")
    if stdout is not None and not isinstance(stdout, str):
        raise _refused(name, f"has `stdout` = {stdout!r}, where the name of a file is expected")
    given = {_parameter(command, key, name): value for key, value in values.items()}
    arguments = _command_line(given, name)
    _check(command, words, arguments, name)
    outputs = [v for p, v in given.items() if p.name in WRITTEN]
    texts = [t for p, v in given.items() if p.name not in WRITTEN for t in _listed(v)]
    return Stage(
        name=name,
        command=tuple(words.split()),
        arguments=tuple(arguments),
        inputs=tuple(dict.fromkeys(_inputs(texts, folder, given))),
        outputs=(*outputs, *([stdout] if stdout else [])),
        stdout=stdout,
    )


def _command(program: Any, words: str, name: str) -> Any:
    known = dict(_leaves(program))
    if words in known:
        return known[words]
    raise _refused(name, f"has the unknown command {words!r}{_hint(words, list(known))}")


def _leaves(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the commands that can be stages, with the words that name them."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command, f"{before}{name} ")
        elif before or name not in NOT_STAGES:
            yield f"{before}{name}", command


def _parameter(command: Any, key: str, name: str) -> Any:
    """Return the command's parameter that a key names, with hyphens or underscores."""
    known = {}
    for parameter in command.params:
        if parameter.name not in NOT_OPTIONS and parameter.name is not None:
            known[parameter.name] = parameter
            known |= {o.lstrip("-").replace("-", "_"): parameter for o in parameter.opts}
    wanted = key.replace("-", "_")
    if wanted in known:
        return known[wanted]
    if wanted == "force":
        raise _refused(name, "has 'force'; leave it out, for the pipeline replaces its own outputs")
    keys = [k.replace("_", "-") for k in known if len(k) > 1]
    raise _refused(name, f"has the unknown option {key!r}{_hint(key, keys)}")


def _command_line(given: dict[Any, Any], name: str) -> list[str]:
    options: list[str] = []
    arguments: list[str] = []
    for parameter, value in given.items():
        if not all(isinstance(v, str | int | float) for v in _listed(value)):
            raise _refused(
                name, f"has {parameter.name!r} = {value!r}, where a plain value is expected"
            )
        option = next((o for o in parameter.opts if o.startswith("--")), None)
        if option is None:
            arguments += map(str, _listed(value))
        elif isinstance(value, bool):
            if not parameter.is_flag:
                raise _refused(name, f"has {parameter.name!r} = {value}, where a value is expected")
            options += [option] if value else parameter.secondary_opts[:1]
        elif parameter.is_flag:
            raise _refused(
                name, f"has {parameter.name!r} = {value!r}, where true or false is expected"
            )
        else:
            options += [f"{option}={item}" for item in _listed(value)]
    return [*options, *(["--", *arguments] if arguments else [])]


def _check(command: Any, words: str, arguments: list[str], name: str) -> None:
    """Let the command parse its line, before any stage runs."""
    usage_error: Any = typer.BadParameter.__base__
    if "-" in arguments or any(argument.endswith("=-") for argument in arguments):
        raise _refused(name, "reads stdin ('-'), which a pipeline has none of; name a file")
    try:
        command.make_context(f"textseq {words}", list(arguments))
    except usage_error as error:
        raise _refused(name, f"is wrong: {error.format_message()}") from None


def _inputs(texts: list[Any], folder: Path, given: dict[Any, Any]) -> Iterator[str]:
    """Yield what a stage reads: the values that are files, will be, or name code of one's own."""
    for text in filter(lambda t: isinstance(t, str) and t, texts):
        yield from [text] if _is_path(text, folder) else []
        if own := OWN_CODE.fullmatch(text):
            yield from _source_of(own[1])
    for parameter, value in given.items():
        if parameter.name in READ:
            yield from (text for text in _listed(value) if not _is_path(text, folder))


def _is_path(text: str, folder: Path) -> bool:
    try:
        return (folder / text).exists()
    except (OSError, ValueError):  # too long for a name, or with a NUL in it: a text
        return False


def _source_of(module: str) -> list[str]:
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return []
    return [found.origin] if found and found.origin and Path(found.origin).is_file() else []


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _hint(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(sorted(set(known)))}"


def _refused(name: str, what: str) -> ArgumentError:
    return ArgumentError(f"Stage '{name}' {what}" + ("" if what.endswith(("?", ".")) else "."))
