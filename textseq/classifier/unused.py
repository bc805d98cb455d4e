"""Settings that do nothing beside others: who gives one expects that it does something."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any

from textseq.classifier.config import ClassifierConfig
from textseq.classifier.presets import preset_settings
from textseq.tokenizer.analyzers import SUBWORDS

_log = logging.getLogger(__name__)

_DEFAULTS = {field.name: field.default for field in fields(ClassifierConfig)}


def note_unused(given: ClassifierConfig, resolved: ClassifierConfig, *, validated: bool) -> None:
    """Note each setting that was given and does nothing.

    Args:
        given: The settings as they were given.
        resolved: The same, those left open decided.
        validated: Whether there are validation texts.
    """
    for name, why in unused_settings(resolved, validated=validated).items():
        value = getattr(given, name)
        if value != _DEFAULTS[name]:
            _log.warning("`%s` does nothing here: %s.", name, why)


def defaults_of_unused(config: ClassifierConfig) -> dict[str, Any]:
    """Return the default of each setting that does nothing in a resolved config.

    With these it can be given again, as the settings of another training.
    """
    return {name: _DEFAULTS[name] for name in unused_settings(config)}


def unused_settings(config: ClassifierConfig, *, validated: bool = True) -> dict[str, str]:
    """Return the settings that do nothing in a resolved config, and why.

    Example:
        >>> from textseq.classifier.config import ClassifierConfig
        >>> from textseq.classifier.unused import unused_settings
        >>> unused_settings(ClassifierConfig(embedding="onehot"))["dimension"]
        "the embedding 'onehot' has no word vectors"
    """
    found: dict[str, str] = {}
    if config.embedding in ("learned", "onehot", "word2vec"):
        why = f"the embedding is {config.embedding!r}; --embedding ngrams (embedding='ngrams') has "
        found |= {"ngrams": f"{why}n-grams", "buckets": f"{why}buckets"}
    if config.embedding == "onehot":
        found["dimension"] = "the embedding 'onehot' has no word vectors"
    if not config.linear:
        found["char_ngrams"] = "there is no linear model (--linear, linear=)"
    if config.vectors is None:
        found["tuned"] = "--frozen needs starting vectors; give some with --vectors (vectors=)"
    if config.tokenizer is not None:
        why = "the `tokenizer` that was given decides it"
        found |= dict.fromkeys(("num_words", "min_count", "analyzer", "clean", "vocab_size"), why)
    if config.analyzer not in SUBWORDS:
        found["vocab_size"] = "only --analyzer bpe (analyzer='bpe') and unigram learn sub-words"
    if not validated:
        why = "there are no validation texts, so training lasts for all epochs"
        why += "; give some with --validation or --validation-fraction"
        found["patience"] = why
        several = bool(config.multilabel)
        usual = preset_settings(config.preset, 1, tokens=1, syllables=False, multilabel=several)
        if config.metric != usual["metric"]:
            found["metric"] = why
    return found
