"""What texts a classifier was trained on: how many, of which labels, and their SHA-256."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from textseq.classifier.label_sets import LabelSets
    from textseq.classifier.labels import Labels

_AT_ONCE = 1_000


def summarize_data(texts: Iterable[str], labels: Labels | LabelSets) -> dict[str, Any]:
    r"""Return the number of texts, the labels with the texts of each, and the SHA-256 of both.

    The SHA-256 is that of all texts in UTF-8 and then of all labels, in order, each with a line
    feed behind it. Several labels of a text have tabs between them.

    Args:
        texts: Those to train on and to validate on; of ids, these with spaces between them.
        labels: A label for each, or several.

    Example:
        >>> import hashlib
        >>> import numpy as np
        >>> from textseq.classifier.data_summary import summarize_data
        >>> found = summarize_data(["a joy", "a bore", "joy"], np.array(["good", "bad", "good"]))
        >>> found["texts"], found["labels"]
        (3, [['good', 2], ['bad', 1]])
        >>> lines = ["a joy", "a bore", "joy", "good", "bad", "good"]
        >>> hashed = hashlib.sha256("".join(f"{x}\n" for x in lines).encode())
        >>> found["sha256"] == hashed.hexdigest()
        True
    """
    flat: Any = labels.flat if hasattr(labels, "offsets") else labels  # an array has `flat` too
    names, counts = np.unique(flat, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    digest = hashlib.sha256()
    for lines in (texts, _label_lines(labels)):
        for some in _groups(lines):
            digest.update("".join([f"{line}\n" for line in some]).encode("utf-8", "surrogatepass"))
    return {
        "texts": len(labels),
        "labels": [[names[i].item(), int(counts[i])] for i in order.tolist()],
        "sha256": digest.hexdigest(),
    }


def _label_lines(labels: Any) -> Iterable[str]:
    if not hasattr(labels, "offsets"):
        return map(str, labels.tolist())
    flat = [*map(str, labels.flat.tolist())]
    ends = itertools.pairwise(labels.offsets.tolist())
    return ("\t".join(flat[start:end]) for start, end in ends)


def _groups(lines: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(lines)
    while some := [*itertools.islice(remaining, _AT_ONCE)]:
        yield some
