"""The sample corpora that come with textseq."""

from pathlib import Path

from textseq.errors import ArgumentError
from textseq.registry import did_you_mean

_PACKAGE = Path(__file__).parent.parent


def embedded_corpus(name: str) -> Path:
    """Return the path of a sample corpus.

    Args:
        name: Its file name, such as "giants.txt".

    Raises:
        ArgumentError: There is none of that name; the message lists the known ones.

    Example:
        >>> from textseq.corpus import embedded_corpus
        >>> embedded_corpus("giants.doc")
        Traceback (most recent call last):
        textseq.errors.ArgumentError: 'giants.doc' is not an embedded corpus; ...
    """
    folder = _PACKAGE / "_corpora"  # once installed; in a checkout, beside the package
    if not folder.is_dir():
        folder = _PACKAGE.parent / "corpora"
    files = (path for path in folder.glob("[!.]*") if path.is_file())
    known = sorted(path.name for path in files if path.suffix != ".md")
    if name in known:
        return folder / name
    raise ArgumentError(f"{name!r} is not an embedded corpus; {did_you_mean(name, known)}.")
