"""A folder per label, in it a file per text: the layout of scikit-learn's `load_files`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from textseq.corpus.columns import LABEL, TEXT, not_decodable, refuse_columns
from textseq.corpus.options import Options
from textseq.corpus.source import Source
from textseq.errors import CorpusError


class FolderReader:
    """Folders named by their label, each with text files that are one document, whole.

    Labels and files come in sorted order, so that two machines read the same corpus. Hidden files
    are skipped, and so are files beside the label folders and folders within them.

    Args:
        name: The folder of label folders.
        options: How to read it; `encoding` and `block_size` apply.
    """

    has_labels = True

    def __init__(self, name: str, options: Options) -> None:
        refuse_columns(name, "folder", options)
        self.columns = [LABEL, TEXT]
        self._folder = Path(name)
        self._encoding = options.encoding
        self._block_size = options.block_size
        if next(self._files(), None) is None:
            raise CorpusError(
                f"The folder {name!r} has no text: expected a folder for each label with text "
                f"files in it, such as {str(Path(name) / 'pos' / '1.txt')!r}."
            )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield batches of whole documents of about a block's size together."""
        texts: list[str] = []
        labels: list[str] = []
        size = 0
        for label, path in self._files():
            text = self._text(path)
            texts.append(text)
            labels.append(label)
            size += len(text)
            if size >= self._block_size:
                yield _batch(texts, labels)
                texts, labels, size = [], [], 0
        if texts:
            yield _batch(texts, labels)

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Yield the files that are documents, with their labels."""
        for folder in _visible(self._folder):
            if folder.is_dir():
                for path in _visible(folder):
                    if path.is_file():
                        yield folder.name, path

    def _text(self, path: Path) -> str:
        with Source(str(path), path, self._encoding).open() as stream:
            content = stream.read()
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise not_decodable(repr(str(path))) from error


def _visible(folder: Path) -> list[Path]:
    """Return what is in a folder and not hidden, sorted."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise CorpusError(
            f"The folder {str(folder)!r} cannot be read: {error.strerror}."
        ) from error


def _batch(texts: list[str], labels: list[str]) -> pa.RecordBatch:
    arrays = [pa.array(texts, pa.string()), pa.array(labels, pa.string())]
    return pa.record_batch(arrays, names=[TEXT, LABEL])
