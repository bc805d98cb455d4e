"""A trained classifier as a `.keras` file, which Keras loads without textseq."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textseq.classifier.in_keras import keras_model
from textseq.errors import ArgumentError, require_extra
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath, check_output

if TYPE_CHECKING:
    from textseq.classifier.predictor import Predictor

SUFFIX = ".keras"


def export_keras(predictor: Predictor, path: StrPath, *, force: bool = False) -> None:
    """Write a classifier as a `.keras` file of Keras's own layers; see `in_keras.keras_model`.

    Args:
        predictor: The classifier.
        path: The file, whose name ends in `.keras`.
        force: Whether a file that is there is replaced.

    Raises:
        ArgumentError: The name ends otherwise, or a part of the networks is the user's own.
        OutputExistsError: The file exists and `force` is false.
        MissingExtraError: Keras or TensorFlow is not installed.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> import keras
        >>> from textseq.classifier import SentenceClassifier
        >>> from textseq.classifier.in_keras import keras_inputs
        >>> from textseq.export.keras_file import export_keras
        >>> texts, labels = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
        >>> model = SentenceClassifier(units=8, epochs=5).fit(texts, labels).model_
        >>> path = Path(mkdtemp()) / "model.keras"
        >>> export_keras(model, path)
        >>> found = keras.saving.load_model(path)(keras_inputs(model, ["pure joy"]))
        >>> bool(abs(found - model.predict_proba(["pure joy"])).numpy().max() < 1e-5)
        True
    """
    if Path(path).suffix != SUFFIX:
        raise ArgumentError(
            f"The output '{path}' should be a file whose name ends in {SUFFIX}, which is how Keras "
            f"knows its format."
        )
    if not predictor.spec.runs_without_keras:
        raise ArgumentError(
            "A part of the networks is your own, and Keras could not load it without your code; "
            "train with the built-in parts, or save the model of `to_keras()` with your parts "
            "registered (keras.saving.register_keras_serializable)."
        )
    check_output(path, force=force)
    for package in ("keras", "tensorflow"):
        require_extra(package, "Exporting to Keras")
    model = keras_model(predictor)
    with atomic_file(path, force=force) as temporary:
        model.save(temporary)
