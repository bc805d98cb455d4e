"""A trained classifier as one ONNX file: texts, or ids, to labels and probabilities.

    text   -> characters -> tokens -> ids     characters, tokens, token_ids
    ids    -> networks                        layout, embeddings, cells, poolings, networks
           -> linear model                    linear_model, char_ngrams
           -> label, probabilities            answers

All is done by operators of ONNX and, for texts, two of ONNX Runtime's own, which its builds for
Python, Node and browsers have. What they cannot do is refused here by name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from textseq.errors import ArgumentError, require_extra
from textseq.export import answers
from textseq.export.graph import Graph, Value
from textseq.export.layout import Texts, lay_out
from textseq.export.linear_model import linear_logits
from textseq.export.networks import check_networks, mean_probabilities
from textseq.export.text_input import TextInput, read_texts
from textseq.files.atomic import atomic_file
from textseq.files.paths import StrPath

if TYPE_CHECKING:
    import onnx

    from textseq.classifier.predictor import Predictor

Input = Literal["text", "ids"]

INPUTS: tuple[Input, ...] = ("text", "ids")

LIMIT = 2**31 - 1
"""Bytes of a file of Protocol Buffers, at most."""


def export_onnx(
    predictor: Predictor, path: StrPath, *, input: Input = "text", force: bool = False
) -> None:
    """Write a classifier as an ONNX file.

    Its inputs and outputs are

        text            string, (batch,)             with input="text"
        ids             int64, (batch, time)         with input="ids": zeros anywhere are padding
        label           string, (batch,)             the most probable class
        probabilities   float32, (batch, classes)

    and where a text may have several labels, in place of `label`,

        labels          int64, (batch, classes)      1 where a label is above its threshold, else 0

    The classes, in the order of the columns, are in the metadata as JSON.

    Args:
        predictor: The classifier.
        path: The file.
        input: What the file reads: `"text"`, or `"ids"` of a tokenizer elsewhere.
        force: Whether to replace a file.

    Raises:
        ArgumentError: A part of the classifier cannot be written in ONNX.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> import onnxruntime
        >>> from textseq.classifier import Predictor, SentenceClassifier
        >>> from textseq.export.onnx_file import export_onnx
        >>> texts, labels = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
        >>> classifier = SentenceClassifier(units=8, epochs=5, networks=2).fit(texts, labels)
        >>> folder = Path(mkdtemp())
        >>> classifier.save(folder / "model")
        >>> path = folder / "model.onnx"
        >>> export_onnx(Predictor.load(folder / "model"), path)
        >>> session = onnxruntime.InferenceSession(path)
        >>> session.run(["label"], {"text": ["pure joy"]})
        [array(['good'], dtype=object)]
    """
    require_extra("onnx", "Writing ONNX files")
    with atomic_file(path, force=force) as temporary:
        model = build_model(predictor, input)
        temporary.write_bytes(model.SerializeToString())


def build_model(predictor: Predictor, input: Input = "text") -> onnx.ModelProto:
    """Return what `export_onnx` writes.

    Raises:
        ArgumentError: A part of the classifier cannot be written in ONNX, or it is too large.
    """
    import onnx

    from textseq.export.onnx_model import to_model

    if input not in INPUTS:
        raise ArgumentError(f"`input` must be 'text' or 'ids'. Received: {input!r}.")
    check_networks(predictor)
    graph = Graph()
    read = read_texts(graph, predictor) if input == "text" else _read_ids(graph)
    _answer(graph, predictor, read)
    if (size := sum(array.nbytes for array in graph.constants.values())) > LIMIT:
        raise ArgumentError(
            f"The model has {size:,} bytes of weights, and an ONNX file at most {LIMIT:,}; train "
            f"one with fewer --buckets or a smaller --dimension."
        )
    model = to_model(graph, "textseq", _metadata(predictor, input))
    onnx.checker.check_model(model)
    return model


def _metadata(predictor: Predictor, input: Input) -> dict[str, str]:
    from textseq import __version__

    metadata = {
        "textseq_version": __version__,
        "classes": json.dumps(predictor.classes.tolist(), ensure_ascii=False),
        "input": input,
        "multilabel": json.dumps(predictor.multilabel),
    }
    if predictor.thresholds is not None:
        metadata["thresholds"] = json.dumps(predictor.thresholds.tolist())
    return metadata


def _read_ids(graph: Graph) -> TextInput:
    """Return ids that are given, in a matrix with zeros for padding."""
    ids = graph.input("ids", np.int64, ("batch", "time"))
    real = ids.differs(0)
    batch = ids.size(0)
    owners = graph.apply("NonZero", real, dtype=np.int64).take(np.int64(0))
    # One text more, of one token, so that nothing is ever empty.
    flat = ids.reshape(-1).keep(real.reshape(-1))
    flat = graph.concatenate(flat, graph.constant([1], np.int64))
    texts = Texts(flat, graph.concatenate(owners, batch.reshape(1)), batch + 1)
    return TextInput(texts)


def _answer(graph: Graph, predictor: Predictor, read: TextInput) -> None:
    """Add the model and its outputs."""
    texts, multilabel = read.texts, predictor.multilabel
    networks: Any = predictor.networks  # NumPy's, as was checked
    layout = lay_out(graph, texts, predictor.config.maxlen)
    probabilities = mean_probabilities(graph, networks, layout)
    if predictor.linear is not None:
        logits = linear_logits(graph, predictor.linear, read)
        probabilities = answers.combine(probabilities, logits, multilabel=multilabel)
    probabilities = answers.calibrate(probabilities, predictor.temperature)
    if predictor.thresholds is not None:
        given = (probabilities > predictor.thresholds).cast(np.int64)
        graph.output("labels", _without_last(given), ("batch", "classes"))
    else:
        graph.output("label", _without_last(_label(graph, predictor, probabilities)))
    graph.output("probabilities", _without_last(probabilities), ("batch", "classes"))


def _label(graph: Graph, predictor: Predictor, probabilities: Value) -> Value:
    """Return the most probable class of each text."""
    names = np.array([str(label) for label in predictor.classes.tolist()], object)
    return graph.constant(names).take(answers.most_probable(probabilities))


def _without_last(values: Value) -> Value:
    """Return the answers without that to the text that was added."""
    return values.slice(0, -1)
