"""A stream of bytes as UTF-8 without a byte order mark; what does not look like text is refused.

Bytes that cannot be decoded from another encoding become a mark that is not UTF-8. So one check, in
the readers, which know the row, finds bytes that are wrong in any encoding.
"""

import codecs
import io
import sys
from collections.abc import Iterator

import pyarrow as pa

from textseq.errors import ArgumentError, CorpusError

HEAD = 1 << 16  # bytes at the start of a file that decide whether it is text, and its format

KNOWN_ENCODINGS = ("utf-8", "utf-16", "latin-1", "cp1252", "cp949", "shift_jis", "gb18030", "big5")

_BINARY = {
    b"PK\x03\x04": "a zip archive",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF-": "a PDF document",
    **{bytes([0x80, protocol]): "a pickle" for protocol in range(2, 6)},
    b"\x93NUMPY": "a NumPy array",
    b"PAR1": "a Parquet file (--format parquet reads it)",
    b"BZh91AY&SY": "a bzip2 archive, which textseq does not open",
    b"\xfd7zXZ": "an xz archive, which textseq does not open",
}

# Half of a surrogate pair: no decoder returns one, and UTF-8 does not allow it.
_UNDECODABLE = "\udfff"
codecs.register_error("textseq.mark", lambda error: (_UNDECODABLE, error.end))  # type: ignore[attr-defined]


class ByteStream(io.RawIOBase):
    """The decompressed bytes of a source as UTF-8 without a byte order mark, read once.

    With `live`, lines that a pipe has so far are returned instead of waiting for a full block.
    """

    def __init__(self, name: str, raw: pa.NativeFile, encoding: str, *, live: bool = False) -> None:
        self._raw = raw
        self.name = name
        self._live = live
        self._codec = codec_name(encoding)
        self._decoder = (
            None
            if self._codec in ("utf-8", "utf-8-sig")
            else codecs.getincrementaldecoder(encoding)("textseq.mark")
        )
        self._ready = b""
        self._ended = False
        try:
            raw_head = self._fill(HEAD)
            while not (self._ended or len(self._ready) >= HEAD or (live and b"\n" in self._ready)):
                self._fill(HEAD)
            _check_is_text(name, raw_head, self._ready, self._codec)
        except CorpusError:
            self.close()
            raise
        self._ready = self._ready.removeprefix(codecs.BOM_UTF8)

    def peek(self, *, whole_line: bool = False) -> bytes:
        """Return the first bytes, which `read` returns again; call it before reading.

        They are about `HEAD` bytes, or with `whole_line` at least the whole first line.
        """
        while whole_line and not self._ended and b"\n" not in self._ready:
            self._fill(max(HEAD, len(self._ready)))
        if not self._ready:
            raise no_text(self.name)
        return self._ready

    def read(self, size: int = sys.maxsize) -> bytes:
        """Return the next `size` bytes; fewer only at the end."""
        return self._take(size, at_least=size)

    def blocks_of_lines(self, size: int) -> Iterator[bytes]:
        """Yield blocks of whole lines of about `size` bytes, each line ended by a line feed."""
        begun: list[bytes] = []  # pieces of a line whose end is not read yet
        while block := self._take(size, at_least=1 if self._live else size):
            end = block.rfind(b"\n") + 1
            if end:
                yield b"".join([*begun, block[:end]])
                begun = []
            begun.append(block[end:])
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
        while not self._ended and len(self._ready) < at_least:
            self._fill(min(size, 1 << 24))
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def _fill(self, size: int) -> bytes:
        """Read and decode some bytes, and return them as they are in the source."""
        try:
            chunk: bytes = self._raw.read(size)
        except (OSError, pa.ArrowException) as error:
            raise CorpusError(f"{self.name!r} cannot be read to its end: {error}.") from error
        self._ended = not chunk
        if self._decoder is None:
            self._ready += chunk
        else:
            text = self._decoder.decode(chunk, final=self._ended)
            self._ready += text.encode("utf-8", "surrogatepass")
        return chunk


def no_text(name: str) -> CorpusError:
    """Return the error for a source without text."""
    shown = "Stdin" if name == "-" else repr(name)
    return CorpusError(f"{shown} has no text: it is empty, or it has a header and no rows.")


def codec_name(encoding: str) -> str:
    """Return Python's own name of a text encoding."""
    try:
        "".encode(encoding)  # refuses codecs such as "hex", which do not make text
        return codecs.lookup(encoding).name
    except (LookupError, UnicodeError, ValueError) as error:
        raise ArgumentError(
            f"{encoding!r} is not a known encoding; known are {', '.join(KNOWN_ENCODINGS)} "
            f"and the others that Python has."
        ) from error


def _check_is_text(name: str, raw: bytes, decoded: bytes, codec: str) -> None:
    """Raise an error where the first bytes are those of UTF-16 or of a binary file."""
    if codec.startswith(("utf-16", "utf-32")):
        return
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CorpusError(
            f"{name!r} looks like UTF-16, and was read as {codec}; name it with --encoding utf-16."
        )
    for magic, kind in _BINARY.items():
        if raw.startswith(magic):
            raise CorpusError(f"{name!r} does not look like text but like {kind}.")
    if b"\0" in decoded:
        raise CorpusError(
            f"{name!r} does not look like text: it has zero bytes near its beginning; "
            f"if it is UTF-16, name that with --encoding utf-16."
        )
