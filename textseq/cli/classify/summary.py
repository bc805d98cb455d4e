"""`textseq classify summary`: a network as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.classifier.config import ClassifierConfig
from textseq.cli import options
from textseq.cli.console import load_tensorflow, print_table, say
from textseq.tasks.settings import LARGEST

if TYPE_CHECKING:
    from textseq.classifier.predictor import Predictor

_PARTS = ("embedding", "cell", "pooling", "analyzer")


def summary(
    context: typer.Context,
    model: Annotated[
        Path | None,
        typer.Argument(help="A model folder. Without it, the options describe a network."),
    ] = None,
    embedding: options.Embedding = "learned",
    vocabulary: Annotated[
        int, typer.Option(min=1, max=LARGEST, help="Number of ids, including 0.")
    ] = 10,
    dimension: Annotated[int, typer.Option(min=1, help="Length of a word vector.")] = 5,
    cell: options.Cell = "simple_rnn",
    units: Annotated[
        int, typer.Option(min=1, help="Size of the hidden state, in each direction.")
    ] = 3,
    pooling: Annotated[str, typer.Option(help="last, mean, max, attention, or your own.")] = "last",
    bidirectional: Annotated[
        bool, typer.Option(help="Whether a second cell reads each text from its end.")
    ] = False,
    classes: Annotated[
        int, typer.Option(min=0, max=LARGEST, help="Number of classes; 0 for no output layer.")
    ] = 0,
    analyzer: Annotated[
        str | None,
        typer.Option(help="Your own package.module:function, if MODEL was trained with it."),
    ] = None,
) -> None:
    """Print the layers of a network: their shapes, weights and parameters.

    If a model has several networks, which are alike, the first one is shown.

    \b
    Examples:
      textseq classify summary model
      textseq classify summary --vocabulary 256 --dimension 100 --units 20 --classes 10
    """
    own = _own_parts(context) if model is not None else {}
    parts = {"embedding": embedding, "cell": cell, "pooling": pooling}
    _check_parts(parts, analyzer, model, dimension=dimension, units=units)
    load_tensorflow("A summary")
    from textseq.classifier.predictor import Predictor
    from textseq.network.keras_network import keras_model
    from textseq.network.model import summary_table
    from textseq.network.model_spec import ModelSpec
    from textseq.network.ngrams import BUCKETS

    if model is not None:
        trained = Predictor.load(model, **own)
        print_table(summary_table(keras_model(trained.spec, trained.networks[0].weights)))
        _say_what_else(trained)
        return
    sizes = {"vocabulary": vocabulary, "dimension": dimension, "units": units, "classes": classes}
    spec = ModelSpec(**parts, **sizes, bidirectional=bidirectional, buckets=BUCKETS)  # type: ignore[arg-type]
    print_table(summary_table(spec.keras_model()))


def _check_parts(
    parts: dict[str, Any], analyzer: str | None, model: Path | None, **sizes: Any
) -> None:
    """Refuse before TensorFlow is loaded what makes no network."""
    if model is not None:
        return
    if analyzer is not None:
        raise typer.BadParameter(
            "a network without texts has no analyzer, so it does nothing; leave it out, or give "
            "MODEL",
            param_hint="'--analyzer'",
        )
    if parts["embedding"] == "word2vec":
        raise typer.BadParameter(
            "it is made of the word vectors of a model, which are not here; --embedding learned "
            "has the same layers",
            param_hint="'--embedding'",
        )
    ClassifierConfig(**parts, **sizes)


def _own_parts(context: typer.Context) -> dict[str, Any]:
    """Return the parts that were given beside a model; sizes it has already."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = [name for name, source in sources.items() if source and source.name == "COMMANDLINE"]
    parts = {name: context.params[name] for name in given if name in _PARTS}
    sizes = [f"--{name}" for name in given if name not in (*_PARTS, "model")]
    if sizes:
        raise typer.BadParameter(
            f"the model says it already, so leave out {', '.join(sizes)}, or MODEL",
            param_hint=f"'{sizes[0]}'",
        )
    return parts


def _say_what_else(model: Predictor) -> None:
    """Say how many networks and parameters there are, where the table does not show all."""
    first, networks = model.networks[0].weights, len(model.networks)
    total = sum(array.size for array in model.weights.values())
    if total > sum(array.size for array in first.values()):
        linear = " and a linear model of n-grams" if model.linear is not None else ""
        say(f"{networks} network{'s' * (networks > 1)} like this{linear}: {total:,} parameters")
