"""SequenceToSequence: texts in, texts out, by scikit-learn's conventions.

What it does is done by `train_translator` and by the `Translator` that makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

from textseq.files.paths import StrPath
from textseq.seq2seq.config import Seq2SeqConfig, preset_settings
from textseq.seq2seq.fit import check_pairs, train_translator
from textseq.seq2seq.translator import FORMAT, Translation, Translator
from textseq.tasks.estimator import SettingsEstimator

if TYPE_CHECKING:
    from textseq.network.training.observers import Observer


class SequenceToSequence(SettingsEstimator[Translator], config=Seq2SeqConfig):
    """An encoder-decoder that learns to answer a text with a text.

    Args:
        {arguments}

    Attributes:
        model_: The trained `Translator`.
        histories_: Loss and accuracy of each epoch of each network, on training and validation
            pairs: how many tokens are right when those before them are given.

    Example:
        >>> from textseq.seq2seq import SequenceToSequence
        >>> sources, targets = ["a dog", "a cat"] * 8, ["ein hund", "eine katze"] * 8
        >>> model = SequenceToSequence(units=16, dimension=16, epochs=25, learning_rate=0.02)
        >>> model.fit(sources, targets).predict(["a dog"])
        ['ein hund']
    """

    model_class, format = Translator, FORMAT

    @classmethod
    def from_preset(cls, name: str, **overrides: Any) -> SequenceToSequence:
        """Return one with the settings of a preset: `attention` or `textbook`.

        Example:
            >>> from textseq.seq2seq import SequenceToSequence
            >>> SequenceToSequence.from_preset("textbook").get_params()["cell"]
            'simple_rnn'
        """
        settings = preset_settings(name, overrides)
        Seq2SeqConfig(**settings)  # what cannot be is said at once
        return cls(**settings)

    def fit(
        self,
        X: Iterable[str],  # noqa: N803  (scikit-learn's name)
        y: Iterable[str],
        *,
        validation_data: tuple[Iterable[str], Iterable[str]] | None = None,
        callbacks: Sequence[Observer] = (),
        checkpoint: StrPath | None = None,
    ) -> Self:
        """Learn from sources `X` and targets `y`; see `train_translator` for the others.

        Ctrl-C leaves the model fitted, with the best weights so far, and then raises
        `KeyboardInterrupt`.
        """
        trained = train_translator(
            X,
            y,
            self._config,
            validation_data=validation_data,
            observers=callbacks,
            checkpoint=checkpoint,
        )
        return self._learn(trained)

    def predict(self, X: Iterable[str], *, beam: int | None = None) -> list[str]:  # noqa: N803
        """Return the answer to each text; see `Translator.predict`."""
        return self._fitted().predict(X, beam=beam)

    def explain(self, text: str, *, beam: int | None = None) -> Translation:
        """Return the answer to a text, with the attention of each of its tokens."""
        return self._fitted().explain(text, beam=beam)

    def score(self, X: Iterable[str], y: Iterable[str]) -> float:  # noqa: N803
        """Return the fraction of answers that are equal to the targets, token by token.

        BLEU and chrF are in `seq2seq.metrics`.
        """
        from textseq.seq2seq.metrics import exact_match

        model = self._fitted()
        sources, targets = check_pairs(X, y)
        return exact_match(model.predict(sources), targets, model.config)
