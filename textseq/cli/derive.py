"""Options of a command from the fields of a dataclass, so that no setting is declared twice.

    @from_settings
    def train(sources: ..., config: Config, force: ... = False) -> None: ...

A parameter whose annotation is a dataclass becomes one option for each of its settings, and the
command receives the instance that they make.
"""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, get_type_hints

import typer

from textseq.compute.settings import Setting, settings_of


def from_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose dataclass parameters are options, a setting each."""
    parameters = inspect.signature(command, eval_str=True).parameters.values()
    configs = {
        p.name: p.annotation
        for p in parameters
        if isinstance(p.annotation, type) and is_dataclass(p.annotation)
    }
    taken = {p.name for p in parameters} - set(configs)

    def run(**values: Any) -> None:
        for name, config in configs.items():
            values[name] = config(
                **{key: values.pop(key) for key in _options(config) if key not in taken}
            )
        command(**values)

    derived: list[inspect.Parameter] = []
    for p in parameters:
        config = configs.get(p.name)
        derived += _parameters(config, taken) if config else [p.replace(kind=p.KEYWORD_ONLY)]
    run.__signature__ = inspect.Signature(derived)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in derived}
    run.__doc__, run.__name__, run.__module__ = command.__doc__, command.__name__, __name__
    return run


def given_settings(context: typer.Context, config: Any) -> dict[str, Any]:
    """Return the settings of a config whose options were written on the command line."""
    sources = {name: context.get_parameter_source(name) for name in _options(type(config))}
    return {
        name: getattr(config, name)
        for name, source in sources.items()
        if source is not None and source.name == "COMMANDLINE"
    }


def add_to_help(text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds a paragraph to a command's help."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        command.__doc__ = f"{inspect.cleandoc(command.__doc__ or '')}\n\n{text}"
        return command

    return add


def _options(config: Any) -> dict[str, Setting]:
    return {name: about for name, about in settings_of(config).items() if about.option}


def _number_or_none(text: str | int) -> int | None:
    """Read the value of an option, or its default; None is a value and not the default."""
    if str(text).lower() == "none":
        return None
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"expected an integer, or none. Received: {text!r}") from None


def _parameters(config: Any, taken: set[str]) -> list[inspect.Parameter]:
    """Return a keyword parameter for each setting; one that the command declares itself is left."""
    types, defaults = get_type_hints(config), {f.name: f.default for f in fields(config)}
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=defaults[name],
            annotation=_annotation(about, types[name], defaults[name]),
        )
        for name, about in _options(config).items()
        if name not in taken
    ]


def _annotation(about: Setting, kind: Any, default: Any) -> Any:
    """Return the type of an option for Typer, with its flags and help."""
    if about.option_type is None and kind == int | None and default is not None:
        reads = typer.Option(*about.flags, help=about.help, metavar="<int>", parser=_number_or_none)
        return Annotated[Any, reads]
    reads = typer.Option(*about.flags, help=about.help, metavar=about.metavar)
    return Annotated[about.option_type or kind, reads]
