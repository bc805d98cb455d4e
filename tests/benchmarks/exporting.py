"""An ONNX file against the classifier it was made of, on all test texts, as JSON lines.

    python tests/benchmarks/exporting.py sst2 trec imdb nsmc
    python tests/benchmarks/exporting.py sst2 --model model

Reads the corpora from $TEXTSEQ_DATA or ../shared/data, as `accuracy.py` does, and trains a default
model of each, unless one is given. A line says how many labels differ, the largest difference of a
probability, the sizes in megabytes, the seconds for 1,000 texts in batches of 64 on one thread, in
the order of the file, and the median milliseconds of a text by itself; of the classifier, the
seconds for 1,000 texts at once on all threads that it takes.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
from accuracy import CORPORA, DATA, train

from textseq.classifier import Predictor
from textseq.corpus.corpus import read_corpus
from textseq.export.onnx_file import export_onnx

BATCH = 64


def main():
    """Compare each corpus's model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", choices=CORPORA, nargs="+")
    parser.add_argument("--model", type=Path, help="A trained model, in place of a new one.")
    parser.add_argument("--models", type=Path, help="A folder with a model for each corpus.")
    given = parser.parse_args()
    for corpus in given.corpora:
        with tempfile.TemporaryDirectory() as folder:
            model = given.model or (given.models and given.models / corpus)
            if model is None:
                model = Path(folder) / "model"
                train(corpus, 0, [], model)
            print(json.dumps({"corpus": corpus} | compare(corpus, model, Path(folder))), flush=True)


def compare(corpus, model, folder):
    """Return the figures of one model."""
    _, _, name, quoting = CORPORA[corpus]
    texts = list(read_corpus([str(DATA / name)], quoting=quoting, labels=False).texts())
    predictor = Predictor.load(model)
    path = folder / "model.onnx"
    started = time.perf_counter()
    export_onnx(predictor, path)
    exported = time.perf_counter() - started
    predictor.predict_proba(texts[:500])  # loads what is compiled
    started = time.perf_counter()
    expected = predictor.predict_proba(texts)
    own = time.perf_counter() - started
    session = open_session(path)
    alone = [
        seconds_of(lambda text=text: session.run(None, {"text": [text]})) for text in texts[:200]
    ]
    started = time.perf_counter()
    parts = [session.run(None, {"text": texts[i : i + BATCH]}) for i in range(0, len(texts), BATCH)]
    seconds = time.perf_counter() - started
    labels, probabilities = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {
        "texts": len(texts),
        "labels_changed": int((labels != predictor.decode(expected).astype(str)).sum()),
        "largest_difference": float(np.abs(probabilities - expected).max()),
        "folder_megabytes": round(sum(f.stat().st_size for f in model.iterdir()) / 1e6, 2),
        "file_megabytes": round(path.stat().st_size / 1e6, 2),
        "export_seconds": round(exported, 1),
        "onnx_seconds_per_1000": round(1_000 * seconds / len(texts), 3),
        "onnx_milliseconds_alone": round(1_000 * statistics.median(alone), 2),
        "own_seconds_per_1000": round(1_000 * own / len(texts), 3),
    }


def seconds_of(call):
    """Return how long a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def open_session(path):
    """Return a session on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options)


if __name__ == "__main__":
    main()
