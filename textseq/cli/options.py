"""Options that several commands share, declared once."""

from __future__ import annotations

import contextlib
import csv
import glob
import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli.console import load_tensorflow, say, show_progress
from textseq.compute.settings import setting, settings_of
from textseq.corpus.formats import READERS
from textseq.files.part_files import is_folder
from textseq.registry import counted

if TYPE_CHECKING:
    import pyarrow as pa

    from textseq.corpus import Corpus
    from textseq.sequences.sequences import Sequences

_TEXT_SUFFIXES = (".txt", ".csv", ".tsv", ".json", ".jsonl", ".parquet", ".gz", ".zst")

FORMAT_HELP = (
    f"One of {', '.join(READERS.names())}, or your own package.module:Reader; by default, that "
    "of the name or of the first lines."
)

CHECKPOINT_HELP = "Save the state here after each epoch; the same command resumes from it."

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="Text files: plain lines, CSV, TSV, JSON, Parquet or fastText, also compressed "
        "(.gz, .zst); a folder of such files, as Spark writes, or one with a subfolder of text "
        "files per label; or - for stdin.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing outputs.")]
TokenizerFile = Annotated[
    Path | None, typer.Option("--tokenizer", help="Read a fitted tokenizer from this file.")
]
SaveTokenizer = Annotated[
    Path | None, typer.Option("--save-tokenizer", help="Write the fitted tokenizer to this file.")
]
ANALYZER_HELP = (
    "How to split texts into tokens, in place of Keras's rule: whitespace, words_and_marks, "
    "characters, syllables, kiwi (Korean morphemes), bpe or unigram (sub-words that are learned "
    "from the texts), or your own package.module:function."
)
CLEAN_HELP = (
    "Steps that clean texts first, between commas: html (tags and entities), unicode (one way to "
    "write a character), urls (addresses)."
)
CleanSteps = Annotated[str | None, typer.Option(help=CLEAN_HELP)]
VOCAB_SIZE_HELP = "How many sub-words --analyzer bpe or unigram learns; 8,000 if not given."
AnalyzerName = Annotated[str | None, typer.Option(help=ANALYZER_HELP)]
Model = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A model folder that `classify train` wrote.")
]
Threshold = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="Where a text may have several labels, give those whose probability is above this, in "
        "place of the threshold of each label that was fitted on validation texts.",
    ),
]
Embedding = Annotated[
    str, typer.Option(help="learned, ngrams, onehot, word2vec, or your own package.module:factory.")
]
Cell = Annotated[
    str, typer.Option(help="simple_rnn, gru, lstm, or your own package.module:factory.")
]
HtmlPage = Annotated[
    Path | None, typer.Option(help="Write a self-contained HTML page to this file.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Seed = Annotated[int, typer.Option(help="Seed of the random numbers.")]


@dataclass(frozen=True)
class TextOptions:
    """How to read texts: options of every command that reads them; see `from_settings`."""

    text_column: str | None = setting(
        None,
        "The column of the texts, by name or by number from 1. By default, the first with a usual "
        "name, such as text.",
    )
    where: list[str] | None = setting(
        None, "Read only rows with this value in this column.", metavar="COLUMN=VALUE"
    )
    format: str | None = setting(None, FORMAT_HELP)
    quoting: str | None = setting(
        None, "minimal: fields may be quoted, as in CSV. none: quotes are plain characters."
    )
    delimiter: str | None = setting(
        None, "The character between the fields of a table, such as ';' or tab."
    )
    header: bool | None = setting(
        None,
        "Whether the first row of a table is column names; recognised if not given.",
        flags=("--header/--no-header",),
    )
    encoding: str = setting("utf-8", "The encoding of the text, such as cp949 or latin-1.")
    drop_missing: bool = setting(
        False, "Skip rows without a text or a label.", flags=("--drop-missing",)
    )

    def open(
        self,
        sources: Sequence[str],
        *,
        labels: bool | None = False,
        spool: bool = True,
        keep: Sequence[str] = (),
        allow_empty: bool = False,
    ) -> Corpus:
        """Open the corpus that these options describe; see `read_corpus`."""
        from textseq.corpus.corpus import read_corpus

        return read_corpus(
            list(sources),
            text_column=self.text_column,
            label_column=getattr(self, "label_column", None),
            label_separator=getattr(self, "label_separator", None),
            where=conditions(self.where),
            format=self.format,
            quoting=self.quoting,
            delimiter=self.delimiter,
            header=self.header,
            encoding=self.encoding,
            drop_missing=self.drop_missing,
            labels=labels,
            spool=spool,
            keep=keep,
            allow_empty=allow_empty,
        )

    def open_texts(self, sources: Sequence[str], *, labels: bool | None = False) -> Corpus | None:
        """Open the corpus that these options describe; return None where the sources hold ids."""
        if hold_ids(sources):
            self.refuse_reading(f"'{sources[0]}' holds ids, not texts")
            return None
        return self.open(sources, labels=labels)

    def refuse_reading(self, why: str) -> None:
        """Refuse the options that were given where nothing is read that they apply to."""
        names = [f.name for f in fields(self) if getattr(self, f.name) != f.default]
        if names:
            about = settings_of(self)[names[0]]
            flag = about.flags[0] if about.flags else f"--{names[0].replace('_', '-')}"
            raise typer.BadParameter(
                f"{why}, so it does nothing; leave it out", param_hint=f"'{flag}'"
            )


@dataclass(frozen=True)
class ReadOptions(TextOptions):
    """How to read texts and their labels."""

    label_column: str | None = setting(
        None,
        "The column of the labels, by name or by number from 1. By default, the first with a usual "
        "name, such as label.",
    )
    label_separator: str | None = setting(
        None,
        "The separator between the labels of a text, such as ','. By default, a text has one "
        "label, unless there are lists, as in JSON, or several __label__ in a line.",
    )

    def read_labelled(
        self, sources: Sequence[str]
    ) -> tuple[pa.ChunkedArray | Sequences, pa.ChunkedArray | list[Any]]:
        """Read labelled texts, or labelled ids that `textseq tokenize` wrote.

        A label is a string, or a list of strings where a text may have several.
        """
        if hold_ids(sources):
            self.refuse_reading(f"'{sources[0]}' holds ids, not texts")
            return _read_labelled_ids(sources)
        table = self.open(sources, labels=True).read()
        return table["text"], table["label"]

    def labelled_batches(self, sources: Sequence[str]) -> Iterator[tuple[Any, list[Any]]]:
        """Yield what `read_labelled` reads, a batch at a time: Arrow strings or ids, and labels."""
        if hold_ids(sources):
            self.refuse_reading(f"'{sources[0]}' holds ids, not texts")
            yield from _labelled_ids(sources)
            return
        from textseq.corpus.regroup import regroup

        for table in regroup(self.open(sources, labels=True, spool=False).batches()):
            yield table["text"], table["label"].to_pylist()


@dataclass(frozen=True)
class OwnParts:
    """Your own code that a model was trained with; the model folder has only its name."""

    embedding: str | None = setting(
        None, "Your own package.module:factory, if the model was trained with it."
    )
    cell: str | None = setting(None, "Your own cell, likewise.")
    pooling: str | None = setting(None, "Your own pooling, likewise.")
    analyzer: str | None = setting(None, "Your own analyzer, likewise.")

    def load(self) -> dict[str, Any]:
        """Return them for `Predictor.load`; TensorFlow is loaded only for those it runs."""
        if self.embedding or self.cell or self.pooling:
            load_tensorflow("Predicting with a part of your own")
        return asdict(self)


def _read_labelled_ids(sources: Sequence[str]) -> tuple[Sequences, list[Any]]:
    from textseq.sequences.labelled import join_batches

    sequences, labels = join_batches(_labelled_ids(sources))
    return sequences, labels or []


def _labelled_ids(sources: Sequence[str]) -> Iterator[tuple[Sequences, list[Any]]]:
    from textseq.sequences.files import read_sequence_batches
    from textseq.sequences.labelled import missing_labels

    for source in sources:
        for sequences, labels in read_sequence_batches(source):
            if labels is None:
                raise missing_labels(source)
            yield sequences, labels


def texts_to_fit(corpus: Corpus, clean: str | None) -> Iterator[pa.Array]:
    """Yield texts to fit a tokenizer on; say so where the first hold tags and `clean` is not given.

    Without it, they are words, as in Keras.
    """
    from textseq.tokenizer.cleaning import TAGGED, find_tags

    for at, texts in enumerate(show_progress(corpus.text_arrays(), "Fitting")):
        share, tag = find_tags([texts]) if at == 0 and clean is None else (0.0, "")
        if share > TAGGED:
            say(
                f"{share:.1%} of the first {counted(len(texts), 'text')} hold HTML tags such as "
                f"{tag!r}, which become words; --clean html removes them"
            )
        yield texts


def hold_ids(sources: Sequence[str]) -> bool:
    """Return whether the sources contain ids that `textseq tokenize` wrote, not text."""
    if not any(map(_may_hold_ids, sources)):
        return False  # fast: without importing the readers
    from textseq.errors import ArgumentError
    from textseq.sequences.files import holds_ids

    kinds = [holds_ids(source) for source in sources]
    if any(kinds) and not all(kinds):
        raise ArgumentError(
            f"'{sources[kinds.index(True)]}' contains ids and '{sources[kinds.index(False)]}' "
            f"contains text; give all as ids, or all as text."
        )
    return any(kinds)


def _may_hold_ids(source: str) -> bool:
    return source.endswith((".npz", ".parquet", ".jsonl")) or is_folder(source)


def check_tokenizer(sources: Sequence[str], tokenizer: Path | None) -> None:
    """Refuse ids without the tokenizer that made them."""
    from textseq.errors import ArgumentError

    for source in sources if tokenizer is None else ():
        if hold_ids([source]):
            raise ArgumentError(
                f"'{source}' holds ids, which mean nothing without the tokenizer that made them; "
                f"name it with --tokenizer tokenizer.json."
            )


def conditions(
    texts: list[str] | None, option: str = "--where", form: str = "COLUMN=VALUE"
) -> dict[str, str]:
    """Return the values by name, such as those that a row must have, of an option's NAME=VALUE."""
    found = {}
    for text in texts or ():
        column, equals, value = text.partition("=")
        if not equals:
            message = f"expected {form}, received {text!r}"
            raise typer.BadParameter(message, param_hint=f"'{option}'")
        found[column] = value
    return found


def split_names(texts: list[str] | None) -> list[str]:
    """Return the names in an option's values: each is a line of CSV, as names may have commas."""
    return [name for fields in csv.reader(texts or ()) for name in fields if name]


def check_outputs(
    *outputs: Path | None, sources: Sequence[str | Path | None] = (), force: bool = False
) -> None:
    """Check before long work that the outputs, files, can be written, and overwrite no source."""
    from textseq.files.paths import check_output

    refuse_overlap(outputs, sources)
    for output in outputs:
        if output is not None:
            check_output(output, force=force, folder=False)


_OUTPUT = "another output"


def refuse_overlap(
    outputs: Sequence[Path | None], sources: Sequence[str | Path | None] = ()
) -> None:
    """Refuse an output that is an input too, or is in or around one; or two outputs that overlap.

    By whatever name a file goes: links, hard links and relative paths are followed.

    Raises:
        ArgumentError: One would overwrite the other.
    """
    from textseq.errors import ArgumentError

    # Stdin may be a file of the shell's.
    named = ["/dev/stdin" if source == "-" else source for source in sources if source is not None]
    seen = [(Path(source), "an input of this command") for source in named]
    for output in outputs:
        if output is None:
            continue
        for other, what in seen:
            if how := _overlap(output, other, what):
                raise ArgumentError(f"The output '{output}' {how}; choose another name.")
        seen.append((output, _OUTPUT))


def refuse_files(texts: Sequence[str], advice: str) -> None:
    """Refuse the name of a file where a sentence is expected; say so of the name of a folder.

    `advice` is what reads the file, with {} for its name. What a shell would have replaced, had it
    not been in quotes, is looked for too: `~` and patterns such as `*.txt`.
    """
    for text in filter(str.strip, texts):  # an empty name is that of the folder here
        # A text may be too long for a name, and that of a home unknown.
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            name = os.path.expanduser(text)  # noqa: PTH111 - Path would change ./a to a
            place = Path(name)
            if place.is_file() or (place.is_dir() and os.sep in text):
                raise typer.BadParameter(
                    f"{text!r} is a {'file' if place.is_file() else 'folder'}, where a sentence "
                    f"was expected; to read it, use {advice.format(shlex.quote(name))}",
                    param_hint="'SENTENCE'",
                )
            if found := _matching_files(text):
                raise typer.BadParameter(
                    f"{text!r} matches files, such as {found!r}, where a sentence was expected; to "
                    f"read that, use {advice.format(shlex.quote(found))}",
                    param_hint="'SENTENCE'",
                )
            if place.is_dir():
                say(f"{text!r} is taken for a sentence, and is a folder too")
            elif place.suffix in _TEXT_SUFFIXES and len(text.split()) == 1:
                say(f"{text!r} is taken for a sentence, as there is no such file")


def _matching_files(text: str) -> str | None:
    """Return a file whose name one word matches as a pattern of the shell's, if there is one."""
    pattern = Path(text).expanduser()
    is_pattern = any(mark in text for mark in "*[") and pattern.suffix in _TEXT_SUFFIXES
    if not is_pattern or len(text.split()) > 1:
        return None
    found = sorted(filter(os.path.isfile, glob.glob(str(pattern))))  # noqa: PTH207 - of any root
    return found[0] if found else None


def is_one_of(source: str, others: Sequence[str]) -> bool:
    """Return whether a source is the same file as one of others, under whatever name."""
    return any(_is_same(Path(source), Path(other)) for other in others)


def _is_same(one: Path, other: Path) -> bool:
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)


def _overlap(output: Path, other: Path, what: str) -> str:
    """Return how writing an output would change another file or folder, in words; or nothing."""
    if _is_same(output, other):
        return "is given twice, for different results" if what == _OUTPUT else f"is also {what}"
    here, there = Path(os.path.realpath(output)), Path(os.path.realpath(other))
    if here in there.parents:
        return f"holds '{other}', {what}"
    within = there in here.parents and (here.exists() or what == _OUTPUT or _is_flat(there))
    return f"is in '{other}', {what}" if within else ""


def _is_flat(folder: Path) -> bool:
    """Return whether a folder holds files alone: each is read, so that one more would be too."""
    from textseq.files.part_files import visible_entries

    with contextlib.suppress(OSError):
        return all(path.is_file() for path in visible_entries(folder))
    return False


def check_report(report: Path | None) -> None:
    """Check before long work that Jinja2 is installed, if there is a page to write."""
    from textseq.errors import require_extra

    if report is not None:
        require_extra("jinja2", "A page")


def refuse_settings(tokenizer: Path | None, settings: dict[str, Any]) -> None:
    """Refuse settings of fitting, None if not given, beside the file of a fitted tokenizer."""
    names = [
        f"--{'no-' if value is False else ''}{name.replace('_', '-')}"
        for name, value in settings.items()
        if value is not None
    ]
    if tokenizer is not None and names:
        raise typer.BadParameter(
            f"'{tokenizer}' is fitted already, so {' '.join(names)} cannot apply; leave out one or "
            f"the other",
            param_hint="'--tokenizer'",
        )
