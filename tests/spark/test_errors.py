"""What Spark says in hundreds of lines, in one."""

import pytest

from textseq import Tokenizer
from textseq.errors import EngineError
from textseq.spark import fit_tokenizer
from textseq.spark.errors import wrap_spark_errors

FAILED = "Job aborted due to stage failure: "
TASK = (
    FAILED + "Task 0 in stage 0.0 failed 4 times, most recent failure: Lost task 0.3 in stage 0.0 "
    "(TID 4) (192.0.2.2 executor 1): "
)

# What Java's exceptions, and those that caused them, said; and the sentence.
SAID = [
    (
        [
            "Exception thrown in awaitResult: ",
            TASK + 'java.io.IOException: Cannot run program "/nowhere/python3": error=2, No such '
            "file or directory\n\tat java.base/java.lang.ProcessBuilder.start(ProcessBuilder.java)",
        ],
        'Cannot run program "/nowhere/python3": error=2, No such file or directory; name a Python '
        "that each worker has",
    ),
    (
        [
            TASK + "org.apache.spark.SparkException: Python worker exited unexpectedly (crashed). "
            "Consider setting 'spark.python.worker.faulthandler.enabled' to 'true'.\n\tat org"
        ],
        "Python worker exited unexpectedly (crashed); for lack of memory, it may be: raise",
    ),
    (
        [
            FAILED + "Total size of serialized results of 1 tasks (331.6 KiB) is bigger than "
            "spark.driver.maxResultSize (100.0 KiB)."
        ],
        "Total size of serialized results of 1 tasks (331.6 KiB) is bigger than "
        "spark.driver.maxResultSize (100.0 KiB); raise that setting, or cut",
    ),
    (
        [
            "[PYTHON_EXCEPTION] An exception was thrown from the Python worker: Traceback (most "
            'recent call last):\n  File "worker.py", line 1, in main\nModuleNotFoundError: No '
            "module named 'textseq'\n\tat org.apache.spark.api.python.BasePythonRunner"
        ],
        "ModuleNotFoundError: No module named 'textseq'; install textseq, and what it needs,",
    ),
    ([""], "Py4JJavaError."),
]


class Java:
    """An exception of Java's, as py4j hands it over."""

    def __init__(self, said):
        self.message, *self.causes = said

    def getMessage(self):  # noqa: N802
        return self.message

    def getCause(self):  # noqa: N802
        return Java(self.causes) if self.causes else None


@pytest.mark.parametrize(("said", "sentence"), SAID)
def test_a_reason_and_what_to_do(said, sentence):
    protocol = pytest.importorskip("py4j.protocol")
    error = protocol.Py4JJavaError.__new__(protocol.Py4JJavaError)
    error.java_exception = Java(said)
    with pytest.raises(EngineError) as raised, wrap_spark_errors():
        raise error
    assert str(raised.value).startswith(f"Spark could not finish the work: {sentence}")
    assert "\n" not in str(raised.value)


def test_a_part_of_the_users_own_that_fails_is_named_by_its_error(spark):
    def split(text):
        raise ValueError("oh no")

    frame = spark.createDataFrame([("a",)], ["text"])
    with pytest.raises(EngineError, match="finish the work: ValueError: oh no"):
        fit_tokenizer(frame, analyzer=split)
    assert fit_tokenizer(frame).word_index == fitted_here(["a"])


def fitted_here(texts):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    return tokenizer.word_index
