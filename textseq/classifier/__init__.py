"""Sentences to labels: the whole chain from texts to probabilities, and what it is saved as.

sentence_classifier.py   `SentenceClassifier`, the scikit-learn face
config.py, presets.py    its settings, each declared once, and what presets make of them
fit.py                   texts and labels to a trained classifier, in three steps
data.py, training.py     texts and labels to ids and classes, and those to trained networks
label_sets.py            the labels of texts that may each have several
autotuning/              better settings in a given time
trained.py               a trained classifier, and how its training went
split.py                 the texts to train on and those to validate on
cross_validation.py      the answers to texts, each of a classifier that had not seen it
predictor.py             a trained model that labels, without scikit-learn and Keras
ensemble.py              several networks and a linear model that answer together
calibration.py           probabilities that mean what they say
label_calibration.py     the same, where a text may have several labels
model_folder.py          the model on disk
compression.py           what a model can do without, so that its file is small
compress_folder.py       the same for a saved model
explain.py               one sentence, step by step
word_attribution.py      what each word of a text adds to the answer
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.classifier.autotuning.search import SearchLimits as SearchLimits
    from textseq.classifier.autotuning.tune import autotune as autotune
    from textseq.classifier.compress_folder import compress as compress
    from textseq.classifier.config import ClassifierConfig as ClassifierConfig
    from textseq.classifier.fit import cross_validate as cross_validate
    from textseq.classifier.predictor import Predictor as Predictor
    from textseq.classifier.sentence_classifier import SentenceClassifier as SentenceClassifier
    from textseq.classifier.word_attribution import explain_words as explain_words
    from textseq.network import cells as cells
    from textseq.network import embeddings as embeddings
    from textseq.network import pooling as pooling
    from textseq.network.model import build_model as build_model

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Predictor": "textseq.classifier.predictor",
        "SentenceClassifier": "textseq.classifier.sentence_classifier",
        "ClassifierConfig": "textseq.classifier.config",
        "SearchLimits": "textseq.classifier.autotuning.search",
        "autotune": "textseq.classifier.autotuning.tune",
        "compress": "textseq.classifier.compress_folder",
        "explain_words": "textseq.classifier.word_attribution",
        "cross_validate": "textseq.classifier.fit",
        "build_model": "textseq.network.model",
        "cells": "textseq.network.cells",
        "embeddings": "textseq.network.embeddings",
        "pooling": "textseq.network.pooling",
    },
)
