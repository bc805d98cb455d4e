"""The first line of a vectors file, "words size": what it claims, and whether that can be true."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textseq.errors import ArtifactError

LONGEST_LINE = 1 << 20
"""Bytes: the longest line that is taken for a word and its vector."""

DEFLATE_LIMIT = 1032
"""Gzip cannot make data smaller than by this factor: https://zlib.net/zlib_tech.html."""


@dataclass(frozen=True)
class Header:
    """What a file claims to hold.

    Args:
        count: Words.
        size: Numbers in each vector.
    """

    count: int
    size: int

    def check(self, path: Path, *, held: int, smallest: int) -> None:
        """Refuse a claim that the file is too small for, before anything is allocated.

        Args:
            path: The file.
            held: Bytes that it holds, or could hold when it is unpacked.
            smallest: Bytes that a word and its vector take at the least.

        Raises:
            ArtifactError: It claims more than it can hold, or vectors without numbers.

        Example:
            >>> from textseq.word2vec.headers import Header
            >>> Header(2**31, 300).check(Path("v.bin"), held=60, smallest=1202)
            Traceback (most recent call last):
            textseq.errors.ArtifactError: The vectors 'v.bin' claim 2,147,483,648 words of 300 ...
        """
        if not self.size:
            raise ArtifactError(
                f"The vectors '{path}' claim {self.count:,} words of 0 numbers; expected 1 number "
                f"or more in a vector."
            )
        if self.count * smallest > held:
            raise ArtifactError(
                f"The vectors '{path}' claim {self.count:,} words of {self.size:,} numbers, which "
                f"{held:,} bytes cannot hold; the file is cut short or is something else."
            )


def header_of(line: bytes) -> Header | None:
    r"""Return what a first line claims, or None where it is no such line.

    Example:
        >>> from textseq.word2vec.headers import header_of
        >>> header_of(b"400000 100\n"), header_of(b"the 0.1 0.2\n")
        (Header(count=400000, size=100), None)
    """
    parts = line.split()
    if len(parts) != 2 or not all(part.isdigit() and len(part) < 20 for part in parts):
        return None
    return Header(int(parts[0]), int(parts[1]))


def decoded(raw: bytes, path: Path, where: str) -> str:
    """Return a word's text.

    Args:
        raw: Its bytes.
        path: The file.
        where: Its place in the file, such as `"line 2"`.

    Raises:
        ArtifactError: It is empty, or not UTF-8.

    Example:
        >>> from textseq.word2vec.headers import decoded
        >>> decoded(b"mountain", Path("v.txt"), "line 2")
        'mountain'
    """
    if not raw:
        raise ArtifactError(f"The word of {where} in '{path}' is empty; expected a word.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactError(
            f"The word of {where} in '{path}' is not UTF-8: {raw[:40]!r}."
        ) from error


def check_alone(word: str, earlier: int | None, path: Path, kind: str, place: int) -> None:
    """Refuse a word that stood in the file before.

    Args:
        word: The word.
        earlier: Where it stood, or None.
        path: The file.
        kind: What is counted: `"line"`, or `"word"` where there are no lines.
        place: Where it stands now.

    Raises:
        ArtifactError: It stood there before.
    """
    if earlier is not None:
        raise ArtifactError(
            f"The word {word!r} stands twice in the vectors '{path}', in {kind}s {earlier:,} and "
            f"{place:,}; leave one of them out."
        )


def not_finite(word: str, path: Path, where: str) -> ArtifactError:
    """Return the error that a vector holds a number that is none."""
    return ArtifactError(
        f"The vector of {word!r}, {where} of '{path}', holds numbers that are not finite (NaN or "
        f"infinity, or too large for float32)."
    )
