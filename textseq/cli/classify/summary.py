"""`textseq classify summary`: a network as a table."""

from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import load_tensorflow, print_table, say


def summary(
    model: Annotated[
        Path | None,
        typer.Argument(help="A model folder. Without it, the options describe a network."),
    ] = None,
    embedding: options.Embedding = "learned",
    vocabulary: Annotated[int, typer.Option(min=1, help="Number of ids, including 0.")] = 10,
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
        int, typer.Option(min=0, help="Number of classes; 0 for no output layer.")
    ] = 0,
) -> None:
    """Print the layers of a network: their shapes, weights and parameters.

    If a model has several networks, which are alike, the first one is shown.

    \b
    Examples:
      textseq classify summary model
      textseq classify summary --vocabulary 256 --dimension 100 --units 20 --classes 10
    """
    load_tensorflow("A summary")
    from textseq.classifier import SentenceClassifier, build_model
    from textseq.network.cells import CELLS
    from textseq.network.embeddings import EMBEDDINGS
    from textseq.network.keras_network import keras_model
    from textseq.network.model import summary_table
    from textseq.network.pooling import POOLINGS

    if model is not None:
        classifier = SentenceClassifier.load(model)
        trained = classifier.model_
        network = keras_model(trained.spec, trained.networks[0].weights)
    else:
        make = CELLS.resolve(cell)
        network = build_model(
            EMBEDDINGS.resolve(embedding)(vocabulary, dimension, None, True),
            make(units),
            POOLINGS.resolve(pooling)(2 if bidirectional else 1),
            classes or None,
            backward_cell=make(units) if bidirectional else None,
        )
    print_table(summary_table(network))
    if model is not None and classifier.parameters > network.count_params():
        linear = " and a linear model of n-grams" if classifier.config_.linear else ""
        networks = f"{len(classifier.histories_)} networks like this"
        say(f"{networks}{linear}: {classifier.parameters:,} parameters")
