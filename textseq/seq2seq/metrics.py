"""How good answers are: BLEU and chrF by sacrebleu, exact matches; and the simplest to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from textseq.errors import naming_extras
from textseq.seq2seq.config import Seq2SeqConfig
from textseq.tokenizer.analyzers import ANALYZERS, SUBWORDS
from textseq.tokenizer.tokenizer import Tokenizer


def bleu_and_chrf(answers: Sequence[str], targets: Sequence[str]) -> dict[str, float]:
    """Return BLEU (Papineni et al. 2002) and chrF (Popovic 2015), from 0 to 100, in lower case.

    Raises:
        MissingExtraError: sacrebleu is not installed.

    Example:
        >>> from textseq.seq2seq.metrics import bleu_and_chrf
        >>> bleu_and_chrf(["the cat sat on the mat"], ["the cat sat on the mat"])
        {'bleu': 100.0, 'chrf': 100.0}
    """
    with naming_extras("BLEU"):
        import sacrebleu
    bleu = sacrebleu.corpus_bleu(answers, [targets], lowercase=True, force=True)
    chrf = sacrebleu.corpus_chrf([a.lower() for a in answers], [[t.lower() for t in targets]])
    return {"bleu": round(bleu.score, 2), "chrf": round(chrf.score, 2)}


def exact_match(answers: Sequence[str], targets: Sequence[str], config: Seq2SeqConfig) -> float:
    """Return the fraction of answers whose tokens are those of the target.

    Example:
        >>> from textseq.seq2seq.config import Seq2SeqConfig
        >>> from textseq.seq2seq.metrics import exact_match
        >>> exact_match(["a dog", "a cat"], ["A dog", "the cat"], Seq2SeqConfig())
        0.5
    """
    # Sub-words make a text again, whose words are compared.
    split = ANALYZERS.resolve("whitespace" if config.analyzer in SUBWORDS else config.analyzer)
    right = [split(a) == split(t) for a, t in zip(answers, targets, strict=True)]
    return float(np.mean(right)) if right else 0.0


def nearest_targets(
    tokenizer: Tokenizer, sources: Sequence[str], targets: Sequence[str], texts: Sequence[str]
) -> list[str]:
    """Return for each text the target of the source that shares most words with it.

    That is no translation, and says what the training set knows by heart. Sources are compared by
    the cosine of their sets of words.

    Example:
        >>> from textseq.seq2seq.metrics import nearest_targets
        >>> from textseq.tokenizer.tokenizer import Tokenizer
        >>> tokenizer, sources = Tokenizer(), ["ein hund", "eine katze"]
        >>> tokenizer.fit_on_texts(sources)
        >>> nearest_targets(tokenizer, sources, ["a dog", "a cat"], ["die katze"])
        ['a cat']
    """
    known = [np.unique(ids) for ids in tokenizer.encode(sources)]
    holders: dict[int, list[int]] = {}
    for n, ids in enumerate(known):
        for i in ids.tolist():
            holders.setdefault(i, []).append(n)
    arrays = {i: np.array(some) for i, some in holders.items()}
    sizes, nothing = np.array([max(1, len(ids)) for ids in known]) ** 0.5, np.arange(0)
    found = []
    for ids in tokenizer.encode(texts):
        parts = [arrays.get(i, nothing) for i in np.unique(ids).tolist()]
        shared = np.bincount(np.concatenate([nothing, *parts]), minlength=len(known))
        found.append(targets[int((shared / sizes).argmax())])
    return found
