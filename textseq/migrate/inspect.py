"""The kind of a file or folder, its contents, and whether it is sound.

The content decides the kind, not the name. Files are read, and checked, as the commands do it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from textseq.errors import ArtifactError, TextseqError
from textseq.files.file_types import detect_type
from textseq.files.paths import StrPath, size_of

Figures = dict[str, Any]


@dataclass(frozen=True)
class Inspection:
    """The result of an inspection.

    Args:
        path: The file or folder.
        kind: `tokenizer`, `sequences`, `onehot`, `vectors`, `model` or `pickle`.
        bytes: The size of the file, or of all files in the folder.
        figures: Properties of the contents, by name; empty if it cannot be read.
        problem: What is wrong with it, in a sentence; None if it is sound.
    """

    path: str
    kind: str
    bytes: int
    figures: Figures = field(default_factory=dict)
    problem: str | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.problem is None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, and `sound`, as values for JSON."""
        return {**asdict(self), "sound": self.sound}


def inspect_artifact(path: StrPath) -> Inspection:
    """Inspect a file or folder that a stage wrote or can read.

    Raises:
        ArtifactError: It does not exist, or is of an unknown kind.

    Example:
        >>> import tempfile
        >>> from textseq import Sequences
        >>> from textseq.migrate.inspect import inspect_artifact
        >>> from textseq.sequences.files import save_sequences
        >>> path = tempfile.mkdtemp() + "/ids.parquet"
        >>> save_sequences(path, Sequences.from_lists([[7, 8], [9]]))
        >>> found = inspect_artifact(path)
        >>> found.kind, found.sound, found.figures["tokens"]
        ('sequences', True, 3)
    """
    path = Path(path)
    kind, suffixes = detect_type(path)
    size = size_of(path)
    if kind == "pickle":
        problem = (
            "Loading a pickle can run code, so it was not loaded; if it is a Keras tokenizer, run: "
            f"textseq migrate {path}"
        )
        return Inspection(str(path), kind, size, problem=problem)
    if suffixes and not path.name.endswith(suffixes):
        problem = (
            f"It contains {kind}, but its name does not end in {' or '.join(suffixes)}, which the "
            f"commands expect; rename it."
        )
        return Inspection(str(path), kind, size, problem=problem)
    try:
        return Inspection(str(path), kind, size, _READERS[kind](path))
    except TextseqError as error:
        return Inspection(str(path), kind, size, problem=" ".join(str(error).split()))


def _tokenizer(path: Path) -> Figures:
    from textseq.tokenizer.tokenizer import Tokenizer

    tokenizer = Tokenizer.load(path)
    index = tokenizer.word_index
    _check_ids(index, tokenizer.index_word)
    return {
        "words": len(index),
        "documents fitted": tokenizer.document_count,
        "num_words": tokenizer.num_words,
        "lower": bool(tokenizer.lower),
        "char_level": bool(tokenizer.char_level),
        "split": tokenizer.split,
        "filters": tokenizer.filters,
        "oov_token": tokenizer.oov_token,
        "analyzer": tokenizer.analyzer,
        "first words": [word for word, _ in sorted(index.items(), key=lambda item: item[1])[:10]],
    }


def _check_ids(index: Mapping[str, int], words: Mapping[int, str]) -> None:
    """Make sure that words have the ids 1 to n, in both tables.

    Raises:
        ArtifactError: They have not.
    """
    ids = sorted(index.values())
    if ids != list(range(1, len(ids) + 1)):
        raise ArtifactError(
            f"Its {len(ids):,} words must have the ids 1 to {len(ids):,}, each once. Received ids "
            f"from {ids[0]:,} to {ids[-1]:,}."
        )
    for word, i in index.items():
        if words.get(i) != word:
            raise ArtifactError(
                f"Its tables disagree: id {i:,} is {word!r} in word_index and {words.get(i)!r} in "
                f"index_word."
            )


def _sequences(path: Path) -> Figures:
    from textseq.sequences.files import read_sequence_batches

    lengths, labels, used = [np.zeros(0, np.int64)], Counter[str](), np.zeros(0, np.int32)
    for sequences, some in read_sequence_batches(path):
        lengths.append(np.asarray(sequences.lengths, np.int64))
        used = np.union1d(used, sequences.ids)
        labels.update(some or ())
    return {**_of_lengths(np.concatenate(lengths)), **_of_ids(used), **_of_labels(labels)}


def _of_lengths(lengths: Any) -> Figures:
    figures: Figures = {"documents": len(lengths), "tokens": int(lengths.sum())}
    if len(lengths):
        figures["empty documents"] = int((lengths == 0).sum())
        figures["shortest, median, longest"] = [
            int(lengths.min()), int(np.median(lengths)), int(lengths.max())
        ]  # fmt: skip
    return figures


def _of_ids(used: Any) -> Figures:
    if not len(used):
        return {}
    return {"distinct ids": len(used), "lowest, highest id": [int(used[0]), int(used[-1])]}


def _of_labels(labels: Counter[str]) -> Figures:
    if not labels:
        return {"labels": None}
    return {"labels": dict(sorted(labels.items()))}


def _onehot(path: Path) -> Figures:
    from textseq.sequences.onehot_files import load_one_hot

    rows = load_one_hot(path)
    if isinstance(rows, np.ndarray):
        documents, longest, width = rows.shape
        return {"documents": documents, "longest document": longest, "width": width}
    return {
        "rows": len(rows.sequences.ids),
        "width": rows.width,
        "distinct columns": len(np.unique(rows.sequences.ids)),
        **_of_lengths(rows.sequences.lengths),
    }


def _word_vectors(path: Path) -> Figures:
    from textseq.word2vec.formats import load

    vectors = load(path)
    norms = np.linalg.norm(vectors.vectors, axis=1)
    return {
        "words": len(vectors),
        "dimension": int(vectors.vector_size),
        "minimum, mean, maximum norm": [
            round(float(norm), 4) for norm in (norms.min(), norms.mean(), norms.max())
        ],
        "first words": list(vectors.index_to_key[:10]),
    }


def _model(path: Path) -> Figures:
    from textseq.classifier.model_folder import load_artifact, read_histories, read_validation
    from textseq.classifier.predictor import Predictor
    from textseq.network.model_spec import BUILT_IN

    artifact = load_artifact(path)
    config = artifact.config
    if all(config.get(kind) in names for kind, names in BUILT_IN.items()):
        Predictor.from_artifact(artifact, path)  # whose checks of shapes need to know the parts
    (history, *_), validation = read_histories(artifact.metrics), read_validation(artifact.metrics)
    return {
        "classes": config.get("classes"),
        **{name: config.get(name) for name in ("embedding", "cell", "pooling")},
        **{name: config.get(name) for name in ("units", "bidirectional", "dimension", "maxlen")},
        # Ctrl-C may have left fewer than the settings say.
        "networks": sum(name.endswith("output.bias") for name in artifact.weights),
        "linear": config.get("linear"),
        "vocabulary": config.get("vocabulary"),
        "words": artifact.tokenizer.size,
        "parameters": sum(array.size for array in artifact.weights.values()),
        "temperature": config.get("temperature"),
        "epochs": len(history.get("loss", ())),
        "validation accuracy": _best(
            [validation["together"]] if validation else history.get("val_accuracy")
        ),
    }


def _best(figures: Any) -> float | None:
    return round(max(figures), 4) if figures else None


_READERS: dict[str, Callable[[Path], Figures]] = {
    "tokenizer": _tokenizer,
    "sequences": _sequences,
    "onehot": _onehot,
    "vectors": _word_vectors,
    "model": _model,
}
