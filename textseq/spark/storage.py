"""Files in Spark's storage: a local folder to and from wherever Spark's own files are.

A path may have any scheme that Hadoop knows: `file:`, `hdfs:`, `s3a:`. One without is of the file
system that Spark's configuration names.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.errors import ArtifactError, OutputError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def upload(session: SparkSession, folder: Path, target: str) -> None:
    """Copy what a local folder holds into a folder of Spark's storage, which is made.

    Raises:
        OutputError: It cannot be written.
    """
    with _wrap_errors(target, OutputError), _file_system(session, target) as (files, path_of):
        files.mkdirs(path_of(target))
        for local in sorted(folder.iterdir()):
            files.copyFromLocalFile(False, False, path_of(_address(local)), path_of(target))


def download(session: SparkSession, source: str, folder: Path) -> None:
    """Copy a file or a folder of Spark's storage into a local folder.

    Raises:
        ArtifactError: There is none, or it cannot be read.
    """
    with _wrap_errors(source, ArtifactError), _file_system(session, source) as (files, path_of):
        raw = True  # without files of checksums beside
        files.copyToLocalFile(False, path_of(source), path_of(_address(folder)), raw)


def exists(session: SparkSession, path: str) -> bool:
    """Return whether a file or a folder is in Spark's storage."""
    with _wrap_errors(path, ArtifactError), _file_system(session, path) as (files, path_of):
        return bool(files.exists(path_of(path)))


def _address(path: Path) -> str:
    """Return a local path for Hadoop, which does not decode what `as_uri` escapes."""
    return f"file:///{path.absolute().as_posix().lstrip('/')}"


@contextlib.contextmanager
def _file_system(session: SparkSession, path: str) -> Iterator[tuple[Any, Any]]:
    """Yield Hadoop's file system of a path, and what makes paths for it."""
    java: Any = session.sparkContext._jvm
    hadoop = java.org.apache.hadoop.fs
    configuration = session._jsparkSession.sessionState().newHadoopConf()
    # One of our own, since its settings change: no hidden files of checksums beside ours.
    files = hadoop.FileSystem.newInstance(hadoop.Path(path).toUri(), configuration)
    try:
        files.setWriteChecksum(False)
        yield files, hadoop.Path
    finally:
        files.close()


@contextlib.contextmanager
def _wrap_errors(path: str, kind: type[ArtifactError] | type[OutputError]) -> Iterator[None]:
    """Raise one error, in one sentence, for whatever Java's file systems raise."""
    from py4j.protocol import Py4JJavaError

    try:
        yield
    except Py4JJavaError as error:
        verb = "written" if kind is OutputError else "read"
        java = error.java_exception
        reason = (java.getMessage() or java.getClass().getName()).splitlines()[0]
        raise kind(f"'{path}' cannot be {verb}: {reason.rstrip('.')}.") from error
