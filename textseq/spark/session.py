"""A Spark session whose workers run textseq: the same Python, one thread a task, quiet."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.errors import EngineError, require_extra
from textseq.registry import FOLDER

if TYPE_CHECKING:
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

TASK_ENVIRONMENT = {"TEXTSEQ_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Each task has a processor of its own; more threads than that would wait for each other."""

_REASONS = (
    r'^Exception in thread "main" [\w.$]+: (.+)',
    r"^Error occurred during initialization of VM\n(.+)",
    r"ERROR .* Reason: (.+)",
    r"^[\w.$]+(?:Exception|Error): (.+)",
)
"""What comes before the reason in the messages of a JVM that does not start, the surest first."""

_KEPT = ("NUMBA_CACHE_DIR", "PYTHONPATH")  # what workers should know too


@contextlib.contextmanager
def open_session(
    master: str | None = None, conf: Mapping[str, str] | None = None
) -> Iterator[SparkSession]:
    """Yield a Spark session, and end it with the block, unless it was there before.

    Args:
        master: Where the cluster is: `spark://host:7077`, `yarn`, `k8s://...`, `local[4]`, or
            `local-cluster[2,1,2048]`, which is two workers of one core and 2,048 MiB on this
            machine. If None, the active session is used, or that which `spark-submit` or
            `spark-defaults.conf` describe.
        conf: Settings of Spark, such as `{"spark.driver.memory": "2g"}`.

    Raises:
        MissingExtraError: PySpark or pandas is not installed.
        EngineError: Spark does not start.
    """
    require_packages()
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        yield active
        return
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        _require_java()
    with tempfile.TemporaryFile() as messages:
        settings = _configuration(master, conf or {})
        try:
            gateway = _launch_gateway(settings, messages.fileno())
            context = SparkContext(conf=settings, gateway=gateway)
            session = SparkSession(context)
        except Exception as error:
            messages.seek(0)
            reason = _reason(messages.read().decode(errors="replace")) or str(error)
            raise EngineError(
                f"Spark does not start with the master "
                f"{settings.get('spark.master', 'local[*]')!r}: {reason.rstrip('.')}."
            ) from error
        context.setLogLevel("OFF")  # what goes wrong is said by the errors that are raised
        try:
            yield session
        finally:
            session.stop()


def require_packages() -> None:
    """Raise an error where a package is missing: mapInArrow needs two, and declares one."""
    for package in ("pyspark", "pandas"):
        require_extra(package, "The Spark engine")


def _configuration(master: str | None, given: Mapping[str, str]) -> SparkConf:
    """Return the settings of the session: those that are given, and those that textseq needs."""
    from pyspark import SparkConf

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = SparkConf().setAll(list(given.items()))
    conf.setIfMissing("spark.app.name", "textseq")
    conf.setIfMissing("spark.ui.showConsoleProgress", "false")
    if master is not None:
        conf.setMaster(master)
    if (master or "local").startswith("local"):
        conf.setIfMissing("spark.ui.enabled", "false")
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    kept[FOLDER] = str(Path.cwd())
    for name, value in {**TASK_ENVIRONMENT, **kept, **_path_of_checkout()}.items():
        conf.setIfMissing(f"spark.executorEnv.{name}", value)
    return conf


def _path_of_checkout() -> dict[str, str]:
    """Return where the workers find textseq, if it is not installed beside their Python."""
    folder = str(Path(__file__).parents[2])
    if folder.startswith((sys.prefix, sys.base_prefix)):
        return {}
    given = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {"PYTHONPATH": os.pathsep.join([folder, *given])}


def _launch_gateway(conf: SparkConf, messages: int) -> Any:
    """Start Spark's JVM, which writes its messages to a file, and return the gateway to it."""
    from pyspark.java_gateway import launch_gateway

    return launch_gateway(conf, {"stdout": messages, "stderr": messages})  # type: ignore[no-untyped-call]


def _require_java() -> None:
    """Raise an error where Spark would find no Java."""
    home = os.environ.get("JAVA_HOME")
    if home and not (Path(home) / "bin" / "java").is_file():
        raise EngineError(
            f"Spark needs Java, and JAVA_HOME={home!r} has none; expected a folder with bin/java, "
            f"of Java 17 or newer."
        )
    if not home and shutil.which("java") is None:
        raise EngineError(
            "Spark needs Java, which is not found; install Java 17 or newer, or name its folder "
            "in the environment variable JAVA_HOME."
        )


def _reason(messages: str) -> str:
    """Return the line of the messages of Spark's JVM that says why it does not start, if any."""
    found = (re.search(pattern, messages, re.MULTILINE) for pattern in _REASONS)
    return next((match[1].strip() for match in found if match), "")
