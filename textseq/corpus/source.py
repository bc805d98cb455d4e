"""Sources of bytes: a file or a pipe, decompressed.

A `Source` can be opened again and again. A pipe can be read only once, so it is copied to a
temporary file (`Spooled`), or streamed and opened only once (`Piped`).
"""

import contextlib
import io
import os
import shutil
import sys
import weakref
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from textseq.corpus.stream import HEAD, UTF8, ByteStream, codec_name
from textseq.errors import CorpusError, OutputError
from textseq.files.partial import temporary_folder, temporary_place
from textseq.files.paths import DISK_ERRORS

_FIRST = 512  # bytes that show what kind of file it is
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class Source:
    """A file that can be read again and again, or a folder, whose reader opens the files in it."""

    again = True  # whether it can be opened more than once
    lasts = True  # whether other processes can open it
    is_folder = False

    def __init__(self, name: str, path: Path, encoding: str = "utf-8") -> None:
        self.name, self.path, self.encoding = name, path, encoding
        self.is_folder = path.is_dir()
        if self.is_folder:
            return
        try:
            with path.open("rb"):
                pass
        except FileNotFoundError as error:
            raise CorpusError(
                f"The source {name!r} does not exist; expected a file, a folder, or - for stdin."
            ) from error
        except OSError as error:
            raise CorpusError(f"The source {name!r} cannot be opened: {error.strerror}.") from error

    def require_file(self) -> None:
        """Raise an error where it is a folder."""
        if self.is_folder:
            raise CorpusError(
                f"The source {self.name!r} cannot be opened: it is a folder, where a file was "
                f"expected."
            )

    def open(self) -> ByteStream:
        """Return a stream at the beginning."""
        self.require_file()
        stream = _decompressed(self._bytes(), self.first_bytes())
        return ByteStream(self.name, stream, self.encoding)

    def open_lines(self, start: int, stop: int) -> ByteStream:
        """Return a stream of the lines between two bytes of a file of plain UTF-8."""
        return ByteStream(self.name, _Lines(self._bytes(), start, stop), self.encoding, start=start)

    def _bytes(self) -> pa.NativeFile:
        return pa.OSFile(os.fsencode(self.path))  # as bytes, since a name may not be UTF-8

    @property
    def is_plain_utf8(self) -> bool:
        """Whether the bytes of the file are text in UTF-8: neither compressed nor to be decoded."""
        plain = codec_name(self.encoding) in UTF8
        return plain and not self.is_folder and not self.first_bytes().startswith((_GZIP, _ZSTD))

    def first_bytes(self) -> bytes:
        """Return the first bytes as they are in the file."""
        with self.path.open("rb") as file:
            return file.read(_FIRST)

    def head(self, *, whole_line: bool = False) -> bytes:
        """Return the first bytes as UTF-8, about `HEAD` of them, or more to end a line."""
        with self.open() as stream:
            return stream.peek(whole_line=whole_line)


class Spooled(Source):
    """A pipe, copied to a temporary file so that it can be read again and again.

    On Linux the file has no name once it is complete; until then, and elsewhere, the next process
    that needs one in the same place removes what a killed process left.
    """

    lasts = False

    def __init__(self, name: str, pipe: BinaryIO, encoding: str = "utf-8") -> None:
        with contextlib.ExitStack() as stack:
            path = stack.enter_context(temporary_folder()) / "pipe"
            try:
                with path.open("wb") as copy:
                    shutil.copyfileobj(pipe, copy, 1 << 20)
            except OSError as error:
                if error.errno not in DISK_ERRORS:
                    raise CorpusError(
                        f"The source {name!r} cannot be read: {error.strerror}."
                    ) from error
                raise OutputError(
                    f"The temporary copy of {name!r} in '{temporary_place()}' cannot be written: "
                    f"{error.strerror}; make room there, or name another folder in the "
                    f"environment variable TMPDIR."
                ) from error
            if sys.platform == "linux":
                handle = os.open(path, os.O_RDONLY)
                weakref.finalize(self, os.close, handle)
                path = Path(f"/proc/self/fd/{handle}")
            else:
                weakref.finalize(self, stack.pop_all().close)
        super().__init__(name, path, encoding)


class Piped(Source):
    """A pipe that is streamed: its head can be read first, and it can be opened only once."""

    again = lasts = False

    def __init__(self, name: str, pipe: BinaryIO, encoding: str = "utf-8") -> None:
        self.name, self.encoding = name, encoding
        self._file = _Pipe(pipe)
        self._opened = False

    def first_bytes(self) -> bytes:
        """Return the first bytes as they are in the pipe."""
        return self._file.first[:_FIRST]

    def open(self) -> ByteStream:
        """Return the stream, the first time."""
        if self._opened:
            raise CorpusError(
                f"{self.name!r} is a stream that was read once and cannot be read again; "
                f"let it be copied to a temporary file (spool=True), or give a file."
            )
        self._opened = True
        return self._stream

    def head(self, *, whole_line: bool = False) -> bytes:
        """Return the first bytes as UTF-8: those that came with the first line."""
        return self._stream.peek(whole_line=whole_line)

    @cached_property
    def _stream(self) -> ByteStream:
        raw = _decompressed(pa.PythonFile(self._file, mode="r"), self._file.first)
        return ByteStream(self.name, raw, self.encoding, live=True)


def open_source(name: str, *, encoding: str = "utf-8", spool: bool = True) -> Source:
    """Return the source of a path, or of `-` for stdin.

    A path that is a pipe, such as a shell's `<(command)`, is treated as stdin is: with `spool`, it
    is copied to a temporary file, so that it can be read twice.
    """
    if name == "-":
        return (Spooled if spool else Piped)("-", sys.stdin.buffer, encoding)
    path = Path(name)
    if path.is_file() or path.is_dir() or not path.exists():
        return Source(name, path, encoding)
    if not spool:
        return Piped(name, path.open("rb"), encoding)
    with path.open("rb") as pipe:
        return Spooled(name, pipe, encoding)


class _Lines:
    """Some bytes of a file, for `ByteStream`."""

    def __init__(self, file: pa.NativeFile, start: int, stop: int) -> None:
        self._file = file
        self._left = stop - start
        file.seek(start)

    def read(self, size: int) -> bytes:
        piece: bytes = self._file.read(min(size, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()


class _Pipe(io.RawIOBase):
    """A pipe as a Python file for pyarrow; its first bytes can be read in advance."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        # read1 returns what is there; read would wait for a whole block.
        self._read = getattr(pipe, "read1", pipe.read)
        self.first: bytes = self._read(HEAD)
        self._left = self.first

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            return bytes(self._read(size))
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def close(self) -> None:
        if self._pipe is not sys.stdin.buffer:
            self._pipe.close()
        super().close()

    def readable(self) -> bool:
        return True


def _decompressed(raw: pa.NativeFile, magic: bytes) -> pa.NativeFile:
    """Return `raw`, decompressed where its first bytes say that it is compressed.

    The name does not: browsers unpack files as they download them, and keep their names.
    """
    if magic.startswith(_GZIP):
        return pa.CompressedInputStream(raw, "gzip")
    if magic.startswith(_ZSTD):
        return pa.CompressedInputStream(raw, "zstd")
    return raw
