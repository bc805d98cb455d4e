"""Starting Spark: what is missing is said in one line, before or after its JVM tried."""

import os
import sys
from pathlib import Path

import pytest

from textseq.errors import EngineError
from textseq.spark import open_session, session


@pytest.fixture
def without_session(monkeypatch):
    """Let no session be active, as there may be one of other tests."""
    sql = pytest.importorskip("pyspark.sql")
    monkeypatch.setattr(sql.SparkSession, "getActiveSession", lambda: None)


@pytest.mark.usefixtures("without_session")
@pytest.mark.parametrize(
    ("environment", "says"),
    [
        (
            {"JAVA_HOME": "/nowhere"},
            "JAVA_HOME='/nowhere' has none; expected a folder with bin/java",
        ),
        ({"JAVA_HOME": "", "PATH": "/nowhere"}, "install Java 17 or newer, or name its folder"),
    ],
)
def test_java_is_missing(monkeypatch, environment, says):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EngineError, match=says), open_session():
        pass


# What JVMs wrote to stderr, without the lines of their traces.
WHY = {
    "Master must either be yarn or start with spark, k8s, or local": """
26/11/26 18:23:58 WARN Utils: Set SPARK_LOCAL_IP if you need to bind to another address
Exception in thread "main" org.apache.spark.SparkException: Master must either be yarn or start \
with spark, k8s, or local
""",
    "All masters are unresponsive! Giving up.": """
org.apache.spark.SparkException: Exception thrown in awaitResult:\x20
Caused by: java.io.IOException: Failed to connect to /127.0.0.1:7999
26/11/26 18:25:01 ERROR StandaloneSchedulerBackend: Application has been killed. Reason: All \
masters are unresponsive! Giving up.
""",
    "Too small maximum heap": """
Error occurred during initialization of VM
Too small maximum heap
""",
    "Asked to launch cluster with 100 MiB/worker but requested 1 GiB/executor": """
26/11/26 18:25:08 ERROR SparkContext: Error initializing SparkContext.
org.apache.spark.SparkException: Asked to launch cluster with 100 MiB/worker but requested 1 \
GiB/executor
""",
    "": "all is well\n",
}


@pytest.mark.parametrize(("reason", "messages"), WHY.items())
def test_the_reason_is_found(reason, messages):
    assert session._reason(messages) == reason


def test_workers_find_a_checkout(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "mine")
    root = str(Path(session.__file__).parents[2])
    assert session._path_of_checkout() == {"PYTHONPATH": os.pathsep.join([root, "mine"])}
    monkeypatch.setattr(sys, "prefix", root)
    assert session._path_of_checkout() == {}


@pytest.mark.usefixtures("without_session")
def test_settings_of_the_user_stay(monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/cache")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    given = {"spark.app.name": "mine", "spark.executorEnv.OMP_NUM_THREADS": "3"}
    conf = dict(session._configuration("local-cluster[2,1,1024]", given).getAll())
    assert conf["spark.app.name"] == "mine"
    assert conf["spark.executorEnv.OMP_NUM_THREADS"] == "3"
    assert conf["spark.executorEnv.TEXTSEQ_THREADS"] == "1"
    assert conf["spark.executorEnv.NUMBA_CACHE_DIR"] == "/cache"
    # Not on Python's path, where files of the user's would come before Python's own modules.
    assert conf["spark.executorEnv.TEXTSEQ_FOLDER"] == str(Path.cwd())
    assert str(Path.cwd()) not in conf.get("spark.executorEnv.PYTHONPATH", "").split(os.pathsep)[1:]
    assert conf["spark.master"] == "local-cluster[2,1,1024]"


def test_the_active_session_is_used(spark):
    with open_session("local[1]") as session:
        assert session.sparkContext is spark.sparkContext
    assert session.range(2).count() == 2
