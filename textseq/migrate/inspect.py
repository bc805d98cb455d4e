"""Inspection of a file or folder: its type, by its content; what it holds; whether it is intact.

Each type is read by the reader that the commands use, with all its checks.
"""

import importlib
import json
import math
import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from textseq.errors import ArtifactError, TextseqError
from textseq.files.file_types import detect_type
from textseq.files.paths import StrPath, size_of
from textseq.files.safe_load import wrap_read_errors

Summary = dict[str, Any]

MEASURED = 100_000
"""Word vectors whose norms are computed, the first."""

PARTS = ("embedding", "cell", "pooling", "units", "bidirectional", "dimension")
"""The settings of a model that say what its networks are made of."""

TASKS = {
    "textseq-tagger": ("textseq.tagger.predictor", "TagPredictor"),
    "textseq-series": ("textseq.series.model", "SeriesModel"),
    "textseq-seq2seq": ("textseq.seq2seq.translator", "Translator"),
}
"""Of each other task than the classifier's: the module of its `FORMAT`, and what loads a model."""


@dataclass(frozen=True)
class Inspection:
    """The result of an inspection of a file or folder."""

    path: str
    kind: str  # what `detect_type` returns: "tokenizer", "sequences", "model" and so on
    bytes: int  # of a folder, the size of its files
    figures: Summary = field(default_factory=dict)  # what it holds; empty where it cannot be read
    problem: str | None = None  # what is wrong with it, in a sentence; None where it is intact

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.problem is None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as values for JSON."""
        return {**asdict(self), "sound": self.sound}


def inspect_artifact(path: StrPath) -> Inspection:
    """Inspect a file or folder that a stage writes or reads."""
    path = Path(path)
    with wrap_read_errors(f"'{path}'"):
        kind, suffixes = detect_type(path)
    figures, problem = {}, None
    if kind == "pickle":
        problem = _problem_of_pickle(path)
    elif suffixes and not path.name.endswith(suffixes):
        problem = (
            f"It holds {kind}, but commands detect formats by the name: expected a name that ends "
            f"in {' or '.join(suffixes)}; rename it."
        )
    else:
        try:
            with wrap_read_errors(f"'{path}'"):
                figures = _READERS[kind](path)
        except TextseqError as error:
            problem = " ".join(str(error).split())
    return Inspection(str(path), kind, size_of(path), figures, problem)


def _problem_of_pickle(path: Path) -> str:
    from textseq.migrate.keras import read_layout

    try:
        read_layout(path)
    except TextseqError as error:
        return " ".join(str(error).split())
    return (
        f"Commands read no pickles, which can run code; convert this one, whose data can be read "
        f"without that, with `textseq migrate {shlex.quote(str(path))} --output tokenizer.json`."
    )


def _tokenizer(path: Path) -> Summary:
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
        "clean": ",".join(tokenizer.clean) or None,
        "first words": [word for word, _ in sorted(index.items(), key=lambda item: item[1])[:10]],
    }


def _check_ids(index: Mapping[str, int], words: Mapping[int, str]) -> None:
    """Raise an error unless words have the ids 1 to n, the same in both tables."""
    ids = sorted(index.values())
    if ids != list(range(1, len(ids) + 1)):
        raise ArtifactError(
            f"Its {len(ids):,} words must have the ids 1 to {len(ids):,}, each once. Received: ids "
            f"from {ids[0]:,} to {ids[-1]:,}, or some twice."
        )
    for word, i in index.items():
        if words.get(i) != word:
            raise ArtifactError(
                f"Its tables disagree: word_index gives {word!r} the id {i:,}, which index_word "
                f"gives to {words.get(i)!r}."
            )


def _sequences(path: Path) -> Summary:
    from textseq.sequences.files import id_parts, read_sequence_batches

    parts = {"parts": len(id_parts(path))} if path.is_dir() else {}
    lengths, labels, used = [np.zeros(0, np.int64)], Counter[str](), np.zeros(0, np.int32)
    for sequences, batch_labels in read_sequence_batches(path):
        lengths.append(sequences.lengths)
        used = np.union1d(used, sequences.ids)
        for label in batch_labels or ():
            labels.update(label if isinstance(label, list) else [label])
    summary = _of_lengths(np.concatenate(lengths))
    if len(used):
        summary |= {"distinct ids": len(used), "lowest, highest id": [int(used[0]), int(used[-1])]}
    return {**parts, **summary, "labels": dict(sorted(labels.items())) or None}


def _of_lengths(lengths: Any) -> Summary:
    summary: Summary = {"documents": len(lengths), "tokens": int(lengths.sum())}
    if len(lengths):
        summary["empty documents"] = int((lengths == 0).sum())
        shortest, median, longest = np.quantile(lengths, [0, 0.5, 1]).astype(int).tolist()
        summary["shortest, median, longest"] = [shortest, median, longest]
    return summary


def _onehot(path: Path) -> Summary:
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


def _predictions(path: Path) -> Summary:
    from textseq.classifier.prediction_files import read_predictions

    labels, total = Counter[str](), 0.0
    documents = unlabelled = 0
    for batch in read_predictions(path):
        columns = batch.columns
        if "labels" in batch.schema.names:
            unlabelled += sum(not given for given in batch.column("labels").to_pylist())
            columns = batch.column("labels").flatten().flatten()
        documents += len(batch)
        labels.update(columns[0].to_pylist())
        total += float(columns[1].to_numpy().sum(dtype=np.float64))
    summary: Summary = {"documents": documents, "labels": dict(sorted(labels.items()))}
    if unlabelled or documents != labels.total():
        summary["documents without a label"] = unlabelled
    if labels:
        summary["mean probability"] = round(total / labels.total(), 4)
    return summary


def _word_vectors(path: Path) -> Summary:
    from textseq.word2vec.formats import load

    vectors = load(path)
    norms = np.linalg.norm(vectors.vectors[:MEASURED], axis=1)
    figures = {
        "words": len(vectors),
        "dimension": int(vectors.vector_size),
        "minimum, mean, maximum norm": [
            round(float(norm), 4) for norm in (norms.min(), norms.mean(), norms.max())
        ],
        "first words": list(vectors.index_to_key[:10]),
    }
    ngrams = getattr(vectors, "ngrams", None)  # of fastText's own files
    if ngrams and ngrams.longest:
        figures["n-grams"] = f"{ngrams.shortest} to {ngrams.longest} characters"
    return figures


def _model(path: Path) -> Summary:
    from textseq.classifier.model_folder import load_artifact, read_histories, read_validation
    from textseq.classifier.predictor import Predictor
    from textseq.network.model_spec import BUILT_IN
    from textseq.tasks.model_folder import CONFIG, read_json

    task = read_json(path / CONFIG).get("format") if (path / CONFIG).is_file() else None
    if task in TASKS:
        return _model_of_task(path, *TASKS[task])
    artifact = load_artifact(path)
    config = artifact.config
    if all(config.get(kind) in names for kind, names in BUILT_IN.items()):
        Predictor.from_artifact(artifact, path)  # whose checks of shapes need to know the parts
    (history, *_), validation = read_histories(artifact.metrics), read_validation(artifact.metrics)
    ends = (validation or {}).get("interval")
    score = "macro F1" if config.get("multilabel") else "accuracy"
    key = f"val_{score.lower().replace(' ', '_')}"
    scores = [validation["together"]] if validation else history.get(key)
    return {
        **{name: config.get(name) for name in ("classes", *PARTS, "maxlen")},
        "clean": ",".join(artifact.tokenizer.clean) or None,
        # Ctrl-C may have left fewer than the settings say.
        "networks": sum(name.endswith("output.bias") for name in artifact.weights),
        "linear": config.get("linear"),
        "char_ngrams": config.get("char_ngrams"),
        "vocabulary": config.get("vocabulary"),
        "words": artifact.tokenizer.size,
        "parameters": sum(array.size for array in artifact.weights.values()),
        **_answers(config),
        "epochs": len(history.get("loss", ())),
        f"validation {score}": round(max(scores), 4) if scores else None,
        **({} if ends is None else {"its 95% interval": [round(end, 4) for end in ends]}),
    }


def _answers(config: Mapping[str, Any]) -> Summary:
    """Return the temperature; of several labels the lowest and the highest, and of thresholds."""
    if not config.get("multilabel"):
        return {"temperature": config.get("temperature")}
    figures = {"lowest, highest temperature": config["temperature"]}
    figures["lowest, highest threshold"] = config["thresholds"]
    ranges = {name: [min(values), max(values)] for name, values in figures.items()}
    return {"multilabel": True} | {
        name: [round(float(value), 4) for value in values] for name, values in ranges.items()
    }


def _model_of_task(path: Path, module: str, loader: str) -> Summary:
    """Return what a tagger and the like hold; that they load checks that all fits together."""
    task = importlib.import_module(module)
    saved = task.FORMAT.load(path)
    getattr(task, loader).load(path)
    shown = {k: v for k, v in saved.config.items() if isinstance(v, str | int | float | None)}
    lists = {k: len(v) for k, v in saved.config.items() if isinstance(v, list)}
    history = [*saved.metrics.get("histories", []), {}][0]
    return {
        "task": task.FORMAT.noun,
        **{k: v for k, v in shown.items() if k not in ("format", "seed", "version")},
        **lists,
        "parameters": sum(array.size for array in saved.weights.values()),
        "epochs": len(history.get("loss", ())),
    }


def _config(path: Path) -> Summary:
    from textseq.classifier.model_folder import read_settings
    from textseq.tasks.model_folder import read_json

    if (task := read_json(path).get("format")) in TASKS:
        module, _ = TASKS[task]
        return dict(importlib.import_module(module).FORMAT.read_settings(path))
    config = read_settings(path)
    names = ("version", "classes", *PARTS, "maxlen", "linear", "vocabulary")
    return {**{name: config.get(name) for name in names}, **_answers(config)}


def _metrics(path: Path) -> Summary:
    from textseq.classifier.model_folder import read_histories

    with wrap_read_errors(f"The metrics '{path}'"):
        metrics = json.loads(path.read_text("utf-8"))
    if not isinstance(metrics, dict):
        raise ArtifactError(f"'{path}' must hold a JSON object.")
    histories = read_histories(metrics)
    return {"networks": len(histories), "epochs": len(histories[0].get("loss", ()))}


def _card(path: Path) -> Summary:
    """Return the headings of a model card."""
    with wrap_read_errors(f"The card '{path}'"):
        lines = path.read_text("utf-8").splitlines()
    titles = [line.lstrip("#").strip() for line in lines if line.startswith(("# ", "## "))]
    comments = ("license: ", "language: ")
    return {"headings": [title for title in titles if not title.startswith(comments)]}


def _arrays(path: Path) -> Summary:
    """Return what the header of a safetensors file says; a checkpoint's says how far it is."""
    from safetensors import safe_open

    with wrap_read_errors(f"'{path}'"), safe_open(path, "numpy") as file:
        header = file.metadata() or {}
        slices = {name: file.get_slice(name) for name in sorted(file.keys())}
        shapes = {name: tuple(each.get_shape()) for name, each in slices.items()}
        types = sorted({str(each.get_dtype()) for each in slices.values()})
    with wrap_read_errors(f"The checkpoint '{path}'"):
        figures = dict(json.loads(header.get("figures", "{}")))
        epoch = str(figures.get("epoch", header.get("epoch")))
    return {
        "arrays": len(shapes),
        "numbers": sum(map(math.prod, shapes.values())),
        "types": types,
        "shapes": {name: "x".join(map(str, shape)) for name, shape in list(shapes.items())[:20]},
        **({"epochs finished": epoch} if epoch.isdecimal() else {}),
    }


_READERS: dict[str, Callable[[Path], Summary]] = {
    "tokenizer": _tokenizer,
    "sequences": _sequences,
    "onehot": _onehot,
    "predictions": _predictions,
    "vectors": _word_vectors,
    "model": _model,
    "config": _config,
    "metrics": _metrics,
    "card": _card,
    "weights": _arrays,
    "checkpoint": _arrays,
}
