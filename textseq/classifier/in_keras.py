"""A trained classifier as a Keras model of Keras's own layers, and texts as what that reads."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

from textseq.classifier.texts import encode
from textseq.compute.settings import shown
from textseq.errors import ArgumentError
from textseq.sequences.sequences import Ids

if TYPE_CHECKING:
    import keras

    from textseq.classifier.predictor import Predictor


def keras_model(predictor: Predictor, network: int | None = None) -> keras.Model:
    """Return a classifier as a Keras model from padded ids to probabilities.

    Keras saves, loads, exports, clones and trains it without textseq. Save it as `.keras`: the
    older `.h5` cannot hold its operations. Parts of the user's own are used as they are.

    Args:
        predictor: The classifier.
        network: Which network, counted from 1, to return alone, as training left it; None for all
            of them with the linear model and the temperature. Where the linear model reads words
            without an id, that one has a second input; see `keras_inputs`.

    Raises:
        ArgumentError: There is no such network.
    """
    from textseq.network.standard_ensemble import ensemble_model
    from textseq.network.standard_model import standard_model

    networks = predictor.networks
    known = isinstance(network, Integral) and 1 <= network <= len(networks)
    if network is not None:
        if not known:
            raise ArgumentError(
                f"`network` must be from 1 to {len(networks)}. Received: {shown(network)}."
            )
        return standard_model(predictor.spec, networks[network - 1].weights)
    return ensemble_model(
        [standard_model(predictor.spec, one.weights) for one in networks],
        predictor.linear,
        maxlen=predictor.config.maxlen,
        temperature=predictor.temperature,
        multilabel=predictor.multilabel,
    )


def keras_inputs(predictor: Predictor, texts: Any) -> Ids | dict[str, Ids]:
    """Return what `keras_model` reads of texts: their ids, int32, (documents, longest), 0 behind.

    Where the linear model reads words without an id, there are two such arrays by name: the `ids`,
    and `characters`, the buckets of the character n-grams of those words, each plus one.

    Args:
        predictor: The classifier.
        texts: Strings, Arrow strings, a corpus, or ids as `Sequences`.

    Example:
        >>> from textseq.classifier import SentenceClassifier
        >>> from textseq.classifier.in_keras import keras_inputs
        >>> texts, labels = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
        >>> classifier = SentenceClassifier(units=8, epochs=5, char_ngrams=2, linear=1)
        >>> model = classifier.fit(texts, labels).model_
        >>> inputs = keras_inputs(model, ["pure joy", "fun"])
        >>> inputs["ids"].tolist(), inputs["characters"].shape
        ([[1, 2], [0, 0]], (2, 4))
    """
    from textseq.network.standard_ensemble import characters_of

    linear = predictor.linear
    unknown = predictor.reads_unknown_words
    sequences = encode(predictor.tokenizer, texts, predictor.vocabulary, unknown=unknown)
    # Width 1 at least: Keras's recurrent layers cannot run over no time steps.
    ids = sequences.pad(max(1, int(sequences.lengths.max(initial=1))), padding="post")
    if linear is None or linear.characters is None:
        return ids
    return {"ids": ids, "characters": characters_of(sequences, linear.characters)}
