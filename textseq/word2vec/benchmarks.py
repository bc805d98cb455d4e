"""Files of people's judgements that vectors are held against: which there are, and where.

gensim brings three of them along, and they are found by name.
"""

from __future__ import annotations

from pathlib import Path

import gensim

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath

BUILT_IN = {
    "wordsim353": "wordsim353.tsv",
    "simlex999": "simlex999.txt",
    "questions-words": "questions-words.txt",
}
"""WordSim-353 (Finkelstein et al. 2002), SimLex-999 (Hill et al. 2015), and the analogies of
Mikolov et al. 2013."""


def judgement_file(name: StrPath) -> Path:
    """Return the file of a built-in name, or the path itself.

    Raises:
        ArgumentError: There is no such file.

    Example:
        >>> from textseq.word2vec import judgement_file
        >>> judgement_file("simlex999").name
        'simlex999.txt'
    """
    path = Path(name)
    if str(name) in BUILT_IN and not path.exists():
        path = Path(gensim.__file__).parent / "test" / "test_data" / BUILT_IN[str(name)]
    if path.is_file():
        return path
    if str(name) in BUILT_IN:
        raise ArgumentError(
            f"The judgements '{name}' come with gensim, and this installation of it lacks "
            f"'{path}'; give the path of such a file."
        )
    raise ArgumentError(
        f"There are no judgements '{name}'; expected the path of a file, or one of "
        f"{', '.join(BUILT_IN)}."
    )


def judgement_lines(name: StrPath) -> list[tuple[int, str]]:
    """Return the lines of a file and their numbers, without those that are empty or begin with #.

    Raises:
        ArgumentError: There is no such file.
        ArtifactError: It cannot be read.

    Example:
        >>> from textseq.word2vec.benchmarks import judgement_lines
        >>> judgement_lines("questions-words")[0]
        (1, ': capital-common-countries')
    """
    path = judgement_file(name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"The judgements '{path}' cannot be read: {error}.") from error
    numbered = enumerate((line.strip() for line in lines), start=1)
    return [(number, line) for number, line in numbered if line and not line.startswith("#")]


def holds_analogies(name: StrPath) -> bool:
    """Return whether a file holds analogies, in sections, and not pairs of words.

    Example:
        >>> from textseq.word2vec import holds_analogies
        >>> holds_analogies("questions-words"), holds_analogies("wordsim353")
        (True, False)
    """
    lines = judgement_lines(name)
    return bool(lines) and lines[0][1].startswith(":")
