"""A stream of bytes as UTF-8 with line feeds; what does not look like text is refused.

A line ends with a line feed, also after carriage returns. A carriage return elsewhere is a space,
so that it is neither part of a word nor the end of a row; but where no line feed is near the
beginning, as in files of the first Macintoshes, it ends a line.

Bytes that cannot be decoded from another encoding become a mark that is not UTF-8. So one check, in
the readers, which know the row, finds bytes that are wrong in any encoding.
"""

import codecs
import io
import re
import sys
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import pyarrow as pa

from textseq.errors import ArgumentError, CorpusError
from textseq.files.file_types import GIT_LFS

HEAD = 1 << 16  # bytes at the start of a file that decide whether it is text, and its format

KNOWN_ENCODINGS = ("utf-8", "utf-16", "latin-1", "cp1252", "cp949", "shift_jis", "gb18030", "big5")

UTF8 = ("utf-8", "utf-8-sig")  # by Python's own names

NO_ENCODINGS = ("idna", "punycode")  # Python has them for the names of internet domains

LONGEST_TEXT = 1 << 30
"""Bytes of the longest line or document: a compressed file may hold one without an end."""

_BINARY = {
    b"PK\x03\x04": "a zip archive (unzip it; save .xlsx as CSV, .docx as text)",
    b"\xd0\xcf\x11\xe0": "a file of old Excel or Word (save it as CSV or text)",
    b"SQLite format 3": "an SQLite database",
    b"ARROW1": "an Arrow or Feather file (save it as Parquet)",
    b"\xff\xff\xff\xff": "an Arrow file, as datasets keeps them (save it as Parquet)",
    b"\x89HDF": "an HDF5 file",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF-": "a PDF document",
    **{bytes([0x80, protocol]): "a pickle" for protocol in range(2, 6)},
    b"\x93NUMPY": "a NumPy array",
    b"PAR1": "a Parquet file (--format parquet reads it)",
    b"BZh91AY&SY": "a bzip2 archive (unpack it with bunzip2)",
    b"7z\xbc\xaf": "a 7-Zip archive (unpack it)",
    b"Rar!\x1a": "a RAR archive (unpack it)",
    b"\xfd7zXZ": "an xz archive (unpack it with unxz)",
}

_MARKS = {  # byte order marks, the longer first
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

_WITHOUT_ZEROS = "if they are errors, remove them with: tr -d '\\000'"

# Half of a surrogate pair: no decoder returns one, and UTF-8 does not allow it.
_UNDECODABLE = "\udfff"
codecs.register_error("textseq.mark", lambda error: (_UNDECODABLE, error.end))  # type: ignore[attr-defined]


class Readable(Protocol):
    """A file of bytes, such as pyarrow's."""

    def read(self, size: int) -> bytes:
        """Return some bytes, none at the end."""

    def close(self) -> None:
        """Close the file."""


class ByteStream(io.RawIOBase):
    """The decompressed bytes of a source as UTF-8 text, read once: no mark, line feeds, no zeros.

    With `live`, lines that a pipe has so far are returned instead of waiting for a full block. With
    `start`, `raw` holds later lines of a file, `start` bytes from its beginning; they are ended by
    line feeds.
    """

    def __init__(
        self, name: str, raw: Readable, encoding: str, *, live: bool = False, start: int = 0
    ) -> None:
        self._raw = raw
        self.name = name
        self._live = live
        self._codec = codec_name(encoding)
        self._decoder = (
            None if self._codec in UTF8 else codecs.getincrementaldecoder(encoding)("textseq.mark")
        )
        self._ended = False
        self._held = b""  # a carriage return, until it is known what follows
        self._lone_return = b"\r"  # what stands for one elsewhere, when the head is known
        self._size = start
        try:
            self._ready = self._first_bytes(begins_file=not start)
        except CorpusError:
            self.close()
            raise

    def _first_bytes(self, *, begins_file: bool) -> bytes:
        """Return the first bytes as text, and find out how lines end."""
        head = self._fill(HEAD)
        while not (self._ended or len(head) >= HEAD or (self._live and b"\n" in head)):
            head += self._fill(HEAD)
        head += self._held
        has_line_feeds = b"\n" in head or not begins_file
        self._held, self._lone_return = b"", b" " if has_line_feeds else b"\n"
        return self._with_line_feeds(head).removeprefix(codecs.BOM_UTF8 if begins_file else b"")

    def peek(self, *, whole_line: bool = False) -> bytes:
        """Return the first bytes, which `read` returns again; call it before reading.

        They are about `HEAD` bytes, or with `whole_line` at least the whole first line that is not
        blank.
        """
        pieces = [self._ready]
        size, begins = len(self._ready), self._ready.lstrip()
        is_whole = b"\n" in begins
        while whole_line and not (self._ended or is_whole):
            pieces.append(self._fill(1 << 20))
            size += len(pieces[-1])
            self._refuse_longer(size, "Row 1 of ")
            is_whole = b"\n" in (pieces[-1] if begins else pieces[-1].lstrip())
            begins = begins or pieces[-1].lstrip()
        self._ready = b"".join(pieces)
        if not self._ready:
            raise no_text(self.name)
        return self._ready

    def read(self, size: int = sys.maxsize) -> bytes:
        """Return the next `size` bytes; fewer only at the end."""
        return self._take(size, at_least=size)

    def read_document(self) -> bytes:
        """Return all bytes, which are one document."""
        pieces: list[bytes] = []
        size = 0
        while piece := self._take(1 << 24, at_least=1):
            pieces.append(piece)
            size += len(piece)
            self._refuse_longer(size, "")
        return b"".join(pieces)

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield the rest in pieces of about `size` bytes, as they come and without copies."""
        ready, self._ready = self._ready, b""
        for start in range(0, len(ready), size):
            yield ready[start : start + size]
        while not self._ended:
            if piece := self._fill(size):
                yield piece

    def blocks_of_lines(self, size: int, next_row: Callable[[], int]) -> Iterator[bytes]:
        """Yield blocks of whole lines of about `size` bytes, each line ended by a line feed.

        Args:
            size: Bytes to read at a time.
            next_row: Returns the row after the last block, for a message.
        """
        begun: list[bytes] = []  # pieces of a line whose end is not read yet
        held, size = 0, min(size, LONGEST_TEXT)
        while block := self._take(size, at_least=1 if self._live else size):
            end = block.rfind(b"\n") + 1
            if end:
                yield b"".join([*begun, block[:end]])
                begun, held = [], 0
            begun.append(block[end:])
            held += len(begun[-1])
            if held > LONGEST_TEXT:
                self._refuse_longer(held, f"Row {next_row()} of ")
        if any(begun):
            yield b"".join([*begun, b"\n"])

    def close(self) -> None:
        """Close the source."""
        self._raw.close()
        super().close()

    def readable(self) -> bool:
        """Return True, as pyarrow expects of a file."""
        return True

    def _take(self, size: int, at_least: int) -> bytes:
        """Return between `at_least` and `size` bytes, or fewer at the end."""
        pieces = [self._ready]
        held = len(self._ready)
        while not self._ended and held < at_least:
            pieces.append(self._fill(min(size, 1 << 24)))
            held += len(pieces[-1])
        ready = b"".join(pieces) if len(pieces) > 1 else self._ready
        self._ready = ready[size:]
        return ready[:size]

    def _fill(self, size: int) -> bytes:
        """Return some more bytes of the source as text."""
        try:
            chunk: bytes = self._raw.read(size)
        except (OSError, pa.ArrowException) as error:
            raise CorpusError(f"{self.name!r} cannot be read to its end: {error}.") from error
        self._ended = not chunk
        is_first = not self._size
        if is_first:
            _refuse_binary(self.name, chunk, self._codec)
        text = chunk if self._decoder is None else self._decode(chunk)
        if b"\0" in text:
            raise _zero_bytes(self.name, chunk if is_first else b"", self._size + text.find(b"\0"))
        self._size += len(text)
        return self._with_line_feeds(text)

    def _decode(self, chunk: bytes) -> bytes:
        """Return bytes in another encoding as UTF-8."""
        try:
            text = self._decoder.decode(chunk, final=self._ended)  # type: ignore[union-attr]
        except UnicodeError as error:
            hint = "name another with --encoding"
            if self._codec in ("utf-16", "utf-32"):  # Python then expects a byte order mark
                order = _byte_order(chunk) or f"{self._codec}-le or {self._codec}-be"
                hint = f"it has no byte order mark: say --encoding {order}"
            raise CorpusError(
                f"{self.name!r} cannot be decoded as {self._codec}; {hint}."
            ) from error
        return text.encode("utf-8", "surrogatepass")

    def _with_line_feeds(self, text: bytes) -> bytes:
        """Return text without carriage returns; one at its end is held back."""
        if self._lone_return == b"\r" or not (self._held or b"\r" in text):
            return text
        text, self._held = self._held + text, b""
        if text.endswith(b"\r"):
            if self._ended:
                text += b"\n"
            elif self._lone_return == b"\n":
                text, self._held = text[:-1], b"\r"
            else:
                text, self._held = text.rstrip(b"\r"), b"\r"
        if _ends_lines_only(text):
            return text.translate(None, b"\r")
        text = text.replace(b"\r\n", b"\n")
        if self._lone_return == b"\n":
            return text.replace(b"\r", b"\n")
        # Looking back keeps it from trying each return of a long run of them.
        return re.sub(rb"\r+", b" ", re.sub(rb"(?<!\r)\r+\n", b"\n", text))

    def _refuse_longer(self, size: int, place: str) -> None:
        if size > LONGEST_TEXT:
            raise too_long(f"{place}{self.name!r}")


def _ends_lines_only(text: bytes) -> bool:
    """Return whether a line feed follows each carriage return; much faster than replacing both."""
    octets = np.frombuffer(text, np.uint8)
    after = np.flatnonzero(octets == ord("\r")) + 1
    return bool(np.all(octets[after[after < len(octets)]] == ord("\n"))) and text[-1:] != b"\r"


def too_long(place: str) -> CorpusError:
    """Return the error for a line or a document that is longer than any can be."""
    return CorpusError(
        f"{place} is longer than {LONGEST_TEXT >> 30} GiB, where one document was expected; "
        f"break it into shorter ones."
    )


class NoTextError(CorpusError):
    """A source has no text."""


def no_text(name: str, hint: str = "") -> NoTextError:
    """Return the error for a source without text; a hint is one more sentence."""
    shown = "Stdin" if name == "-" else repr(name)
    return NoTextError(f"{shown} has no text: it is empty, or it has a header and no rows.{hint}")


def codec_name(encoding: str) -> str:
    """Return Python's own name of a text encoding."""
    try:
        "".encode(encoding)  # refuses codecs such as "hex", which do not make text
        codecs.getincrementaldecoder(encoding)
        name = codecs.lookup(encoding).name
    except (LookupError, UnicodeError, ValueError, TypeError) as error:
        raise _no_encoding(encoding) from error
    if name in NO_ENCODINGS:
        raise _no_encoding(encoding)
    return name


def _no_encoding(encoding: str) -> ArgumentError:
    return ArgumentError(
        f"{encoding!r} is not a known encoding of text files; known are "
        f"{', '.join(KNOWN_ENCODINGS)} and the others that Python has."
    )


def _refuse_binary(name: str, raw: bytes, codec: str) -> None:
    """Raise an error where the first bytes are those of UTF-16 or of a binary file."""
    if codec.startswith(("utf-16", "utf-32")):
        return
    for mark, wide in _MARKS.items():
        if raw.startswith(mark):
            raise CorpusError(
                f"{name!r} looks like {wide.upper()}, and was read as {codec}; name it with "
                f"--encoding {wide}."
            )
    for magic, kind in _BINARY.items():
        if raw.startswith(magic):
            raise CorpusError(f"{name!r} does not look like text but like {kind}.")
    if raw[257:262] == b"ustar":
        raise CorpusError(
            f"{name!r} does not look like text but like a tar archive (unpack it with tar -xf)."
        )
    refuse_pointer(name, raw)


def refuse_pointer(name: str, raw: bytes) -> None:
    """Raise an error where the first bytes are those of a file that stands for another."""
    if raw.startswith(GIT_LFS.encode()):
        raise CorpusError(
            f"{name!r} is a Git LFS pointer, which stands for a file that was not downloaded; "
            f"fetch it with: git lfs pull."
        )


def _zero_bytes(name: str, raw_head: bytes, at: int) -> CorpusError:
    """Return the error for text with zero bytes, which other encodings have."""
    wide = _byte_order(raw_head)
    hint = f"it is probably {wide}: say --encoding {wide}" if wide else _WITHOUT_ZEROS
    return CorpusError(
        f"{name!r} does not look like text: it has zero bytes, the first after {at:,} bytes; "
        f"{hint}."
    )


def _byte_order(raw: bytes) -> str | None:
    """Return the encoding of text in two or four bytes a character, by where its zeros are."""
    if not raw or (max(raw) < 0x80 and raw.count(0) < len(raw) // 3):
        return None  # plain ASCII but for some zeros
    quarter = max(1, len(raw) // 4)
    zeros = [raw[i::4].count(0) / quarter for i in range(4)]
    for codec, where in (("utf-32-le", (2, 3)), ("utf-32-be", (0, 1))):
        if len(raw) >= 4 and all(zeros[i] >= 1 for i in where):
            return codec
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if max(even, odd) < 0.1 or min(even, odd) > max(even, odd) / 4:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"
