"""A folder per label with a file per text: the layout of scikit-learn's `load_files`."""

import itertools
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from textseq.corpus.columns import LABEL, TEXT, not_decodable, refuse_columns
from textseq.corpus.readers.reader import Options, Reader
from textseq.corpus.source import Source
from textseq.errors import CorpusError

_log = logging.getLogger(__name__)


class FolderReader(Reader):
    """A folder of folders, each named by a label and with text files; a file is one document.

    Labels and files are read in sorted order, so that the corpus is the same on every machine.
    Hidden files, files beside the label folders and folders within them are skipped.
    """

    reads_folders = True
    columns = [LABEL, TEXT]  # noqa: RUF012

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        refuse_columns(source.name, "folder", options)
        self._keep(options)
        self.has_labels = options.labels is not False
        self._note_deeper_folders()
        if next(self._files(), None) is None:
            raise CorpusError(
                f"The folder {source.name!r} has no text: expected a folder for each label with "
                f"text files in it, such as {str(source.path / 'pos' / '1.txt')!r}, or files of a "
                f"known format alone, such as {str(source.path / 'part-00000.parquet')!r}; other "
                f"files can be given themselves, which are read a text per line."
            )

    def part_sizes(self) -> list[int]:
        """Return the bytes of each file."""
        return [path.stat().st_size for _, path in self._files()]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield batches of whole documents of about `block_size` characters."""
        return self._batches(self._files())

    def batches_of(self, parts: range) -> Iterator[pa.RecordBatch]:
        """Yield batches of some of the files."""
        return self._batches(itertools.islice(self._files(), parts.start, parts.stop))

    def _batches(self, files: Iterator[tuple[str, Path]]) -> Iterator[pa.RecordBatch]:
        documents: list[tuple[str, str]] = []
        size, before = 0, 0
        for label, path in files:
            documents.append((self._text(path), label))
            size += len(documents[-1][0])
            if size >= self._block_size:
                yield self._batch(documents, before)
                before += len(documents)
                documents, size = [], 0
        if documents:
            yield self._batch(documents, before)

    def _batch(self, documents: list[tuple[str, str]], before: int) -> pa.RecordBatch:
        """Return documents and their labels as columns, the text first."""
        texts, labels = zip(*documents, strict=True)
        columns = {TEXT: pa.array(texts)}
        if self.has_labels or self._kept:
            columns[LABEL] = pa.array(labels)
        kept = self._kept_columns(columns, range(before + 1, before + len(documents) + 1))
        if not self.has_labels:
            columns = {TEXT: columns[TEXT]}
        return pa.record_batch(columns | kept)

    def _note_deeper_folders(self) -> None:
        """Say which folder may have been meant, where the label folders hold folders themselves."""
        for folder in filter(Path.is_dir, _visible(self._source.path)):
            with os.scandir(folder) as entries:
                deeper = [entry.name for entry in entries if entry.is_dir()]
            deeper = sorted(name for name in deeper if not name.startswith("."))
            if deeper:
                _log.warning(
                    "The folder %r is read as a label, and the folders in it are skipped, such as "
                    "%r; give %r itself if they are the labels.",
                    str(folder), deeper[0], str(folder),
                )  # fmt: skip
                return

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Yield the files that are documents, with their labels."""
        for folder in filter(Path.is_dir, _visible(self._source.path)):
            if self.has_labels or self._kept:
                _check_name(folder)
            for path in filter(Path.is_file, _visible(folder)):
                yield folder.name, path

    def _text(self, path: Path) -> str:
        name = str(Path(self._source.name) / path.relative_to(self._source.path))
        with Source(name, path, self._source.encoding).open() as stream:
            content = stream.read_document()
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise not_decodable(repr(name)) from error


def _check_name(folder: Path) -> None:
    """Raise an error where the name of a folder cannot be a label."""
    try:
        folder.name.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(
            f"The name of the folder {str(folder)!r} would be a label, and is not UTF-8; rename it."
        ) from error


def _visible(folder: Path) -> list[Path]:
    """Return the sorted entries of a folder, without hidden ones."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise CorpusError(
            f"The folder {str(folder)!r} cannot be read: {error.strerror}."
        ) from error
