"""A folder per label with a file per text: the layout of scikit-learn's `load_files`."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from textseq.corpus.columns import LABEL, SCHEMA, TEXT, not_decodable, refuse_columns
from textseq.corpus.readers.reader import Options, Reader
from textseq.corpus.source import Source
from textseq.errors import CorpusError


class FolderReader(Reader):
    """A folder of folders, each named by a label and with text files; a file is one document.

    Labels and files are read in sorted order, so that the corpus is the same on every machine.
    Hidden files, files beside the label folders and folders within them are skipped.
    """

    reads_folders = True
    columns = [LABEL, TEXT]  # noqa: RUF012
    has_labels = True

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source, options)
        refuse_columns(source.name, "folder", options)
        if next(self._files(), None) is None:
            raise CorpusError(
                f"The folder {source.name!r} has no text: expected a folder for each label with "
                f"text files in it, such as {str(source.path / 'pos' / '1.txt')!r}."
            )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield batches of whole documents of about `block_size` characters."""
        texts: list[str] = []
        labels: list[str] = []
        size = 0
        for label, path in self._files():
            texts.append(self._text(path))
            labels.append(label)
            size += len(texts[-1])
            if size >= self._block_size:
                yield pa.record_batch([texts, labels], SCHEMA)
                texts, labels, size = [], [], 0
        if texts:
            yield pa.record_batch([texts, labels], SCHEMA)

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Yield the files that are documents, with their labels."""
        for folder in filter(Path.is_dir, _visible(self._source.path)):
            for path in filter(Path.is_file, _visible(folder)):
                yield folder.name, path

    def _text(self, path: Path) -> str:
        with Source(str(path), path, self._source.encoding).open() as stream:
            content = stream.read()
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise not_decodable(repr(str(path))) from error


def _visible(folder: Path) -> list[Path]:
    """Return the sorted entries of a folder, without hidden ones."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise CorpusError(
            f"The folder {str(folder)!r} cannot be read: {error.strerror}."
        ) from error
