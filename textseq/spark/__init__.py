"""The stages on Spark: the same ids, files and answers as on one machine, on many.

session.py      a Spark session whose workers are set up for textseq
frames.py       the stages as functions of DataFrames: `fit_tokenizer`, `encode`
predictions.py  the labels of texts, in a DataFrame or a folder of parts
onehot.py       one-hot rows, likewise
pipeline.py     the stages as those of a `pyspark.ml` pipeline, beside MLlib's
stage.py        what its stages share: parameters, and how they are saved and read
storage.py      files to and from wherever Spark's own files are
counting.py     the words of a corpus: counted apart, merged and cut on the cluster, then numbered
files.py        a corpus of files: fitted, encoded, or worked on otherwise
ids.py          files of ids, likewise
units.py        work on units, each by one task, on any worker
parts.py        folders of Parquet parts, a part for each unit
shared.py       a value that all workers need
worker.py       what runs in the workers, and their reports
errors.py       Spark's long errors in one sentence

Spark schedules the work and sorts the counts; texts are split, counted, encoded and labelled by the
same code as on one machine, in Python processes beside Spark's own. They get whole Arrow batches
(`DataFrame.mapInArrow`), or read files with textseq's own readers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textseq.compute.lazy import lazy_exports

if TYPE_CHECKING:
    from textseq.spark.files import CorpusOnSpark as CorpusOnSpark
    from textseq.spark.frames import encode as encode
    from textseq.spark.frames import fit_tokenizer as fit_tokenizer
    from textseq.spark.ids import IdsOnSpark as IdsOnSpark
    from textseq.spark.onehot import one_hot as one_hot
    from textseq.spark.pipeline import OneHotRows as OneHotRows
    from textseq.spark.pipeline import SentenceLabeller as SentenceLabeller
    from textseq.spark.pipeline import TextTokenizer as TextTokenizer
    from textseq.spark.pipeline import TextTokenizerModel as TextTokenizerModel
    from textseq.spark.predictions import predict as predict
    from textseq.spark.session import open_session as open_session

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "CorpusOnSpark": "textseq.spark.files",
        "IdsOnSpark": "textseq.spark.ids",
        "OneHotRows": "textseq.spark.pipeline",
        "SentenceLabeller": "textseq.spark.pipeline",
        "TextTokenizer": "textseq.spark.pipeline",
        "TextTokenizerModel": "textseq.spark.pipeline",
        "encode": "textseq.spark.frames",
        "fit_tokenizer": "textseq.spark.frames",
        "one_hot": "textseq.spark.onehot",
        "open_session": "textseq.spark.session",
        "predict": "textseq.spark.predictions",
    },
)
