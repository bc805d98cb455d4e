"""The card of a classifier, from what its folder holds; see `tasks.model_card`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from textseq.classifier.presets import PRESETS, preset_settings
from textseq.tasks.model_card import (
    Metric,
    ModelCard,
    in_markdown,
    is_number,
    settings_table,
    table,
)

UNEVEN = 1.5
"""How many times as many texts as labels have in the mean are said to be much."""

MOST_LABELS = 50
"""Of more labels, those of the most texts are listed."""

_COMMANDS = """textseq classify predict {model} "a sentence"
textseq classify predict {model} --input texts.csv --keep text --output answers.csv
textseq classify explain {model} "a sentence" --words"""

_PYTHON = """from textseq.classifier import Predictor

predictor = Predictor.load({model})
print(predictor.predict(["a sentence"]), predictor.predict_proba(["a sentence"]))"""

_RECOMPUTE = """It is that of all texts and then all labels, in order and in UTF-8, each with a
line feed behind it (several labels of a text with tabs between them):
`hashlib.sha256("".join(f"{x}\\n" for x in [*texts, *labels]).encode()).hexdigest()`."""

_PARTS = ("embedding", "cell", "pooling", "analyzer")
"""What may be code of the user's own, which a folder has only the name of."""

_NOT_SHOWN = {"preset", "tokenizer", "multilabel", "buckets", "validation_fraction", "clean"}
"""Settings that are said elsewhere, or follow from the texts."""


def card_of(
    config: Mapping[str, Any], metrics: Mapping[str, Any], defaults: Mapping[str, Any]
) -> ModelCard:
    """Return the card of a classifier.

    Args:
        config: What config.json holds.
        metrics: What metrics.json holds; what is not as it should be is left out.
        defaults: The settings of a classifier that are not given, by name.

    Example:
        >>> from textseq.classifier.model_card import card_of
        >>> card_of({"classes": ["bad", "good"], "cell": "gru"}, {}, {}).summary
        'A classifier of texts: it answers with one of 2 labels.'
    """
    classes = config.get("classes") or []
    answer = "any of" if config.get("multilabel") else "one of"
    found = metrics.get("data")
    data = found if isinstance(found, Mapping) else {}
    own = {kind: config[kind] for kind in _PARTS if ":" in str(config.get(kind))}
    options = [f" --{kind} {shlex.quote(_braces(name))}" for kind, name in own.items()]
    arguments = [f", {kind}={_braces(repr(name))}" for kind, name in own.items()]
    sections = {
        "Data": _data(classes, data, metrics),
        "Settings": _settings(config, data, defaults),
        "Limits": _limits(config, data, metrics),
    }
    return ModelCard(
        task="text-classification",
        summary=f"A classifier of texts: it answers with {answer} {len(classes):,} labels."
        f"{_parts(config)}",
        commands="\n".join(f"{line}{''.join(options)}" for line in _COMMANDS.split("\n")),
        python=_PYTHON.replace("{model})", f"{{model}}{''.join(arguments)})"),
        metrics=_metrics(metrics, several=bool(config.get("multilabel"))),
        sections={heading: text for heading, text in sections.items() if text},
    )


def _braces(name: str) -> str:
    """Return the name of a part of the user's own, to be formatted."""
    return "".join(c for c in name if c.isprintable()).replace("{", "{{").replace("}", "}}")


def _parts(config: Mapping[str, Any]) -> str:
    """Return what the model consists of, as a sentence."""
    if not is_number(config.get("networks")):
        return ""
    networks, both = config["networks"], ", bidirectional" if config.get("bidirectional") else ""
    many = "One recurrent network" if networks == 1 else f"{networks} recurrent networks"
    linear = " and a linear model of n-grams" if config.get("linear") else ""
    cell, pooling = (in_markdown(config.get(kind)) for kind in ("cell", "pooling"))
    return f" {many} (`{cell}`{both}, {pooling} pooling){linear}."


def _metrics(metrics: Mapping[str, Any], *, several: bool) -> list[Metric]:
    """Return what is known of the accuracy."""
    found = []
    known = (
        ("validation", "together", "validation texts", "f1" if several else "accuracy"),
        ("cross_validation", "accuracy", "texts, cross-validated", "accuracy"),
    )
    for name, key, of, kind in known:
        part = metrics.get(name)
        if not isinstance(part, Mapping) or not is_number(part.get(key)):
            continue
        texts = f"{part['texts']:,} {of}" if is_number(part.get("texts")) else of
        ends = part.get("interval")
        whole = isinstance(ends, list) and len(ends) == 2 and all(map(is_number, ends))
        found.append(Metric(kind, part[key], texts, ends if whole else None))
    return found


def _data(classes: list[Any], data: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Return what the model was trained on."""
    labels = data.get("labels")
    if not is_number(data.get("texts")) or not isinstance(labels, list):
        names = [(in_markdown(label),) for label in classes[:MOST_LABELS]]
        return f"{table(('label',), names)}\n{_left_out(len(classes))}".strip()
    files = data.get("files")
    named = ""
    if isinstance(files, list) and files:
        named = f" of {', '.join(map(in_markdown, files[:5]))}" + " and others" * (len(files) > 5)
    validation = metrics.get("validation")
    others = validation.get("texts") if isinstance(validation, Mapping) else None
    held, tried = data.get("held_out"), ""
    if is_number(held) and held:
        tried = f" {held:,} of them were kept to decide when to stop."
    elif is_number(others) and others:
        tried = f" {others:,} other texts decided when to stop."
    trials = metrics.get("trials")
    if isinstance(trials, list) and len(trials) > 1:
        tried += (
            f" They also decided which of {len(trials):,} trials of a search for settings is this "
            f"model, so that its accuracy on them is rather too high."
        )
    rows = [
        (in_markdown(label), f"{count:,}")
        for label, count in map(_pair, labels[:MOST_LABELS])
        if is_number(count)
    ]
    return (
        f"Trained on {data['texts']:,} texts{named}.{tried}\n\n{table(('label', 'texts'), rows)}\n"
        f"{_left_out(len(labels))}SHA-256: `{in_markdown(data.get('sha256'))}`. {_RECOMPUTE}"
    )


def _pair(value: Any) -> tuple[Any, Any]:
    """Return a label and its number of texts; two times None where they are something else."""
    return (value[0], value[1]) if isinstance(value, list) and len(value) == 2 else (None, None)


def _left_out(labels: int) -> str:
    more = labels - MOST_LABELS
    return f"And {more:,} labels more.\n\n" if more > 0 else ""


def _settings(
    config: Mapping[str, Any], data: Mapping[str, Any], defaults: Mapping[str, Any]
) -> str:
    """Return the settings that are not those of the preset."""
    preset = config.get("preset")
    if preset not in PRESETS:
        return ""
    texts = data.get("texts")
    usual = dict(defaults) | preset_settings(
        preset,
        texts if isinstance(texts, int) else 1,
        tokens=1,
        syllables=config.get("analyzer") == "syllables",
        multilabel=bool(config.get("multilabel")),
    )
    named = (name for name in usual if name in config and name not in _NOT_SHOWN)
    own = {name: config[name] for name in named if config[name] != usual[name]}
    return (
        f"Those of the preset `{preset}`, but for:\n\n{settings_table(own)}"
        if own
        else f"Those of the preset `{preset}`."
    )


def _limits(config: Mapping[str, Any], data: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Return what the model cannot do, as a list."""
    lines = [
        "It answers every text with the labels it knows, also one in another language or about "
        "something else; look at its probability, and leave what is unsure to a person."
    ]
    labels, texts = data.get("labels"), data.get("texts")
    if isinstance(labels, list) and labels and is_number(texts) and texts:
        most, count = _pair(labels[0])
        if is_number(count) and count * len(labels) > UNEVEN * texts:
            lines.append(
                f"{in_markdown(most)} is the label of {count / texts:.0%} of the training texts; "
                f"where new texts are mixed otherwise, the metrics do not hold."
            )
    lines.append(_calibration(config, metrics))
    if config.get("linear") and config.get("char_ngrams"):
        lines.append("Words that no training text has count by how they are spelled alone.")
    else:
        lines.append("Words that no training text has are not read.")
    if is_number(config.get("maxlen")):
        lines.append(f"The networks read the last {config['maxlen']:,} tokens of a text.")
    return "\n".join(f"- {line}" for line in lines)


def _calibration(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Return what the probabilities rest on."""
    validation = metrics.get("validation")
    texts = validation.get("texts") if isinstance(validation, Mapping) else None
    temperature = config.get("temperature")
    if validation is None or not config.get("calibrated", True):
        return "The probabilities are not calibrated: no validation texts showed how sure to be."
    on = f"{texts:,} validation texts" if is_number(texts) else "validation texts"
    if is_number(temperature):
        return f"The probabilities are calibrated on {on} (temperature {temperature:.2f})."
    return f"The probabilities are calibrated on {on}, those of each label by themselves."
