"""The first step of training: texts and labels to ids and class ids, split and settled.

texts, labels -> split -> tokenizer fitted on the training part -> ids -> `TrainingData`
"""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.config import ClassifierConfig
from textseq.classifier.data_summary import summarize_data
from textseq.classifier.document_weights import DocumentWeights, document_weights
from textseq.classifier.label_sets import (
    LabelSets,
    are_label_sets,
    check_label_sets,
    rarest_labels,
)
from textseq.classifier.labels import (
    ClassIds,
    Labels,
    check_labels,
    encode_labels,
)
from textseq.classifier.presets import validation_fraction
from textseq.classifier.split import train_val_split
from textseq.classifier.texts import (
    CheckedTexts,
    check_texts,
    count_shared,
    encode,
    iterate_strings,
    select_texts,
)
from textseq.classifier.unused import note_unused
from textseq.compute.settings import shown
from textseq.corpus.text_batches import text_batches
from textseq.errors import ArgumentError
from textseq.network.arrays import AnyArray
from textseq.network.training.batches import Examples
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.analyzers import analyzer_for
from textseq.tokenizer.cleaning import TAGGED, clean_text, find_tags
from textseq.tokenizer.tokenizer import Tokenizer
from textseq.tokenizer.vocabulary_size import vocabulary_size

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingData:
    """All that training needs to know of the texts.

    Args:
        config: The settings, none of them left open.
        tokenizer: Fitted on the training texts.
        classes: The labels there are, sorted: shape (classes,).
        vocabulary: Number of ids, the reserved 0 included.
        training: What to learn from.
        validation: What decides when to stop; None for nothing.
        held_out: The positions of the texts that were kept for validation: int64.
        vectors: Starting word vectors by id, float32, shape (vocabulary, dimension), or None.
        coverage: How many words have such a vector; None where there are none.
        summary: What the texts are; see `summarize_data`.
    """

    config: ClassifierConfig
    tokenizer: Tokenizer
    classes: Labels
    vocabulary: int
    training: Examples
    validation: Examples | None
    held_out: ClassIds
    vectors: npt.NDArray[np.float32] | None = None
    coverage: Any = None
    summary: Mapping[str, Any] | None = None


def prepare(
    texts: Any,
    labels: Iterable[Any],
    config: ClassifierConfig,
    *,
    sample_weight: npt.ArrayLike | None = None,
    validation_data: tuple[Any, Iterable[Any]] | None = None,
) -> TrainingData:
    """Split the texts, fit a tokenizer on the training part, encode both, and resolve the config.

    Args:
        texts: See `SentenceClassifier.fit`; so are the others.
        labels: A label for each text, or the labels of each.
        config: The settings.
        sample_weight: A weight for each text; None for 1.
        validation_data: Texts and labels to validate on; None keeps some of `texts`.

    Raises:
        ArgumentError: Texts and labels do not match, or hold one class only, or no known word.

    Example:
        >>> from textseq.classifier.config import ClassifierConfig
        >>> from textseq.classifier.data import prepare
        >>> data = prepare(["a joy", "a bore"], ["good", "bad"], ClassifierConfig())
        >>> data.training.sequences.to_lists(), data.training.targets.tolist()
        ([[1, 2], [1, 3]], [1, 0])
    """
    documents, answers = check_labelled(texts, labels, multilabel=config.multilabel)
    multilabel = isinstance(answers, LabelSets)
    config = config.replace(multilabel=multilabel)  # on which the presets depend
    classes = check_classes(answers)
    targets = encode_targets(answers, classes)
    weights = _weigh(targets, classes, config, sample_weight)
    chosen, held_out = np.arange(len(targets)), np.arange(0)
    held_texts, held_targets = _given_validation(validation_data, classes, multilabel=multilabel)
    if held_texts is None:
        strata = rarest_labels(targets) if multilabel else targets
        chosen, held_out = train_val_split(strata, config.validation_fraction, config.seed)
        if len(held_out):
            held_texts, held_targets = select_texts(documents, held_out), targets[held_out]
    training_texts = select_texts(documents, chosen) if len(held_out) else documents
    _note_shared(training_texts, held_texts)
    tokenizer = fit_tokenizer(training_texts, config)
    vocabulary = vocabulary_size(tokenizer)
    unknown = _reads_unknown(config, tokenizer, len(chosen))
    sequences = encode(tokenizer, training_texts, vocabulary, unknown=unknown)
    training = Examples(sequences, targets[chosen], weights[chosen])
    tokens = len(training.sequences.ids)
    if not tokens:
        raise ArgumentError(
            f"The tokenizer knows none of the words of the {len(training.targets)} training texts; "
            f"give one that was fitted on such texts, or none."
        )
    validation = None
    if held_texts is not None:
        held = encode(tokenizer, held_texts, vocabulary, unknown=unknown)
        validation = _evenly(held, held_targets)
    vectors, coverage = starting_vectors(config, tokenizer, vocabulary)
    settled = config.replace(
        clean=tokenizer.clean,
        validation_fraction=_fraction(config.validation_fraction, len(targets)),
        dimension=config.dimension if vectors is None else vectors.shape[1],
    ).resolve(len(training.targets), tokens=tokens, syllables=tokenizer.analyzer == "syllables")
    check_vectors(settled)
    note_unused(config, settled, validated=validation is not None)
    return TrainingData(
        settled,
        tokenizer,
        classes,
        vocabulary,
        training,
        validation,
        held_out,
        vectors,
        coverage,
        summarize_data(iterate_strings(documents), answers) | {"held_out": len(held_out)},
    )


def _weigh(
    targets: AnyArray,
    classes: Labels,
    config: ClassifierConfig,
    sample_weight: npt.ArrayLike | None,
) -> DocumentWeights:
    """Return the weight of each document in the loss; of several labels, its own only.

    Raises:
        ArgumentError: See `document_weights`; or there are class weights and several labels.
    """
    if targets.ndim == 1:
        return document_weights(targets, classes, config.class_weight, sample_weight)
    if config.class_weight is not None:
        raise ArgumentError(
            "Class weights (--balanced, class_weight=) are for texts with one label each; leave "
            "them out: of several labels, each has a threshold that is fitted to it."
        )
    one_class = np.zeros(len(targets), np.int64)
    return document_weights(one_class, classes, None, sample_weight)


def _reads_unknown(config: ClassifierConfig, tokenizer: Tokenizer, documents: int) -> bool:
    """Return whether the linear model reads words without an id."""
    settled = config.resolve(documents, tokens=1, syllables=tokenizer.analyzer == "syllables")
    return bool(settled.linear and settled.char_ngrams)


def check_classes(labels: Labels | LabelSets) -> Labels:
    """Return the classes of labels, sorted; note where the labels hardly look like classes.

    Raises:
        ArgumentError: There is one class only.
    """
    if isinstance(labels, LabelSets):
        return _check_several(labels)
    classes, sizes = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise ArgumentError(
            f"Expected texts of two classes or more. Received {len(labels)} texts of one class, "
            f"{classes.tolist()[0]!r}."
        )
    _note_single(sizes)
    return classes


def _check_several(labels: LabelSets) -> Labels:
    """Return all labels, sorted, of texts that may each have several."""
    classes = labels.classes
    if len(classes) == 0:
        raise ArgumentError(
            f"Expected texts with labels. Received {len(labels)} texts, each with an empty list of "
            f"labels; are the labels in another column?"
        )
    if len(classes) < 2:
        raise ArgumentError(
            f"Expected texts with two different labels or more. Received {len(labels)} texts with "
            f"the labels {classes.tolist()}; where there is one label, give each text one of two, "
            f"such as yes and no."
        )
    _note_single(np.unique(labels.flat, return_counts=True)[1])
    return classes


def _note_single(sizes: ClassIds) -> None:
    """Note where most classes have one text only; `sizes` are the texts of each class."""
    single = int((sizes == 1).sum())
    if 2 * single > len(sizes) > 2:  # two texts of two classes are an example
        _log.warning(
            "%s of %s classes have one text only, so little can be learned of them; if the labels "
            "are not what you mean, name their column with --label-column.",
            f"{single:,}",
            f"{len(sizes):,}",
        )


def encode_targets(labels: Labels | LabelSets, classes: Labels) -> AnyArray:
    """Return what networks learn to predict: class ids, or of several labels 1 for each, else 0."""
    if isinstance(labels, LabelSets):
        return labels.indicators(classes)
    return encode_labels(labels, classes)


def _given_validation(
    data: Any, classes: Labels, *, multilabel: bool
) -> tuple[CheckedTexts | None, AnyArray]:
    """Return the texts that were given to validate on, and their targets."""
    if data is None:
        return None, np.arange(0)
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise ArgumentError(
            f"`validation_data` must be a pair of texts and labels. Received: {shown(data)}."
        )
    texts, labels = check_labelled(*data, multilabel=multilabel)
    return texts, encode_targets(labels, classes)


def _note_shared(training: CheckedTexts, validation: CheckedTexts | None) -> None:
    """Note how many validation texts are training texts: on those, a model looks too good."""
    shared = 0 if validation is None else count_shared(training, validation)
    if validation is not None and shared:
        _log.warning(
            "%s of the %s validation texts are also training texts, so the validation accuracy is "
            "too high; choose other texts (--validation, --validation-where), or remove those.",
            f"{shared:,}",
            f"{len(validation):,}",
        )


def check_vectors(config: ClassifierConfig) -> None:
    """Refuse an embedding that starts from word vectors without any, or any without such one.

    Args:
        config: A resolved one.

    Raises:
        ArgumentError: They do not fit together.
    """
    if config.embedding == "word2vec" and config.vectors is None:
        raise ArgumentError(
            "The embedding 'word2vec' starts from word vectors; give them with --vectors FILE "
            "(vectors=), made by `textseq train-w2v`."
        )
    if config.embedding in ("learned", "onehot") and config.vectors is not None:
        raise ArgumentError(
            f"Word vectors were given to the embedding {config.embedding!r}, which starts without "
            f"any; ask for --embedding word2vec (embedding='word2vec') to start from them."
        )


def _evenly(sequences: Sequences, targets: AnyArray) -> Examples:
    """Return validation examples, which all weigh the same."""
    return Examples(sequences, targets, np.ones(len(targets), np.float32))


def _fraction(fraction: float | None, documents: int) -> float:
    return validation_fraction(documents) if fraction is None else fraction


def check_labelled(
    texts: Any, labels: Any, *, multilabel: bool | None = False
) -> tuple[CheckedTexts, Labels | LabelSets]:
    """Return texts and labels, one label for each text, and at least one.

    Args:
        texts: See `SentenceClassifier.fit`.
        labels: Likewise.
        multilabel: Whether a text may have several labels; None where the labels show it.

    Raises:
        ArgumentError: There are none, or their numbers differ; see also `check_texts` and
            `check_labels`.
    """
    documents = check_texts(texts)
    labels = list(labels) if isinstance(labels, Iterator) else labels
    several = are_label_sets(labels) if multilabel is None else multilabel
    answers = check_label_sets(labels) if several else check_labels(labels)
    if len(documents) != len(answers):
        raise ArgumentError(
            f"Expected a label for each text. Received {len(documents)} texts and "
            f"{len(answers)} labels."
        )
    if not len(documents):
        raise ArgumentError("Expected texts and their labels. Received none.")
    return documents, answers


def fit_tokenizer(texts: CheckedTexts, config: ClassifierConfig) -> Tokenizer:
    """Return a fitted tokenizer: a copy of the config's, fitted if it knows no words, or a new one.

    Raises:
        ArgumentError: The texts are ids of an unknown tokenizer, or hold no words.
    """
    tokenizer: Tokenizer | None = copy.deepcopy(config.tokenizer)
    if tokenizer is None:
        analyzer, clean = config.analyzer, _clean_steps(texts, config)
        if analyzer is None and not isinstance(texts, Sequences):
            analyzer = analyzer_for(clean_text(text, clean) for text in iterate_strings(texts))
        tokenizer = Tokenizer(
            num_words=config.num_words,
            min_count=config.min_count,
            analyzer=analyzer,
            vocab_size=config.vocab_size,
            clean=clean,
        )
    if not tokenizer.size:
        if isinstance(texts, Sequences):
            raise ArgumentError(
                "`X` holds ids, which mean nothing without the tokenizer that made them; give "
                "it, fitted, as `tokenizer`."
            )
        tokenizer.fit_on_texts(texts)
    if not tokenizer.size:
        raise ArgumentError(
            f"The {len(texts)} training texts hold no words that could be given an id; "
            f"expected text, or a lower `min_count`, or another `analyzer`."
        )
    return tokenizer


def _clean_steps(texts: CheckedTexts, config: ClassifierConfig) -> tuple[str, ...]:
    """Return the config's steps, or those that the texts call for, which is noted."""
    if config.clean is not None or isinstance(texts, Sequences):
        return config.clean or ()
    share, tag = find_tags(text_batches(texts))
    if share <= TAGGED:
        return ()
    _log.info(
        "%s of the training texts hold HTML tags such as %s, so all texts are cleaned of HTML "
        "first (--clean html, clean='html'); --clean none leaves them as they are.",
        f"{share:.1%}",
        shown(tag),
    )
    return ("html",)


def starting_vectors(
    config: ClassifierConfig, tokenizer: Tokenizer, vocabulary: int
) -> tuple[npt.NDArray[np.float32] | None, Any]:
    """Return the config's word vectors by id, (vocabulary, dimension), and how many words have one.

    Raises:
        ArgumentError: Their length is not the dimension that was asked for, or one of them is not
            finite.
    """
    vectors = config.vectors
    if vectors is None:
        return None, None
    from textseq.word2vec.formats import load
    from textseq.word2vec.matrix import embedding_matrix

    if isinstance(vectors, str | os.PathLike):
        vectors = load(vectors)
    if config.dimension not in (None, vectors.vector_size):
        raise ArgumentError(
            f"The word vectors have length {vectors.vector_size}, where `dimension` asks for "
            f"{config.dimension}; leave --dimension out, or give vectors of that length."
        )
    matrix, coverage = embedding_matrix(vectors, tokenizer.word_index, num_words=vocabulary)
    broken = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(broken):
        raise ArgumentError(
            f"The word vector of {tokenizer.index_word[int(broken[0])]!r} holds numbers that are "
            f"not finite; expected finite numbers in `vectors`."
        )
    return matrix, coverage
