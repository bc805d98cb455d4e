"""Compression of a saved classifier: from a model folder to another one that needs less space."""

from __future__ import annotations

from dataclasses import replace

from textseq.classifier.compression import PRUNED, compress_weights
from textseq.classifier.model_folder import Artifact, load_artifact, save_artifact
from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.tokenizer.analyzers import Analyzer


def compress(
    model: StrPath,
    output: StrPath,
    *,
    prune: float = PRUNED,
    analyzer: str | Analyzer | None = None,
    force: bool = False,
) -> None:
    """Write a saved classifier again, with weights that need less space.

    Args:
        model: The model folder to read.
        output: The model folder to write.
        prune: Share of the sum of squares of the n-gram vectors that may be set to 0, the smallest
            first. With 0.3, the default model of NSMC has 7.6 MB instead of 11.8.
        analyzer: The tokenizer's analyzer, where that is code of your own.
        force: Overwrite the output.

    Raises:
        ArgumentError: `prune` is not from 0 to below 1.
        ArtifactError: The model is not whole, or was changed.
        OutputExistsError: The output exists and `force` is false.

    Example:
        >>> import tempfile
        >>> from textseq.classifier import compress
        >>> compress("none", "small", prune=1.0)
        Traceback (most recent call last):
        textseq.errors.ArgumentError: `prune` must be from 0 to below 1. Received: 1.0.
    """
    check_prune(prune)
    artifact = load_artifact(model, analyzer=analyzer)
    with wrap_read_errors(f"The model '{model}'", "cannot be used"):
        small = compress_artifact(artifact, prune)
    save_artifact(output, small, force=force)


def check_prune(prune: float) -> None:
    """Refuse a share that is none.

    Raises:
        ArgumentError: It is not from 0 to below 1.
    """
    if not 0 <= prune < 1:
        raise ArgumentError(f"`prune` must be from 0 to below 1. Received: {prune}.")


def compress_artifact(artifact: Artifact, prune: float = PRUNED) -> Artifact:
    """Return a model with its weights compressed, and a tokenizer without counts."""
    config = {name: value for name, value in artifact.config.items() if name != "sha256"}
    weights = compress_weights(artifact.weights, int(config["vocabulary"]), prune)
    tokenizer = artifact.tokenizer.without_counts()
    return replace(artifact, config=config, weights=weights, tokenizer=tokenizer)
