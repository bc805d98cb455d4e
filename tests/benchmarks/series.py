"""Time series: how good forecasts and labels are, beside the naive, linear and stock ones.

    python tests/benchmarks/series.py ett --horizons 96 192 336
    python tests/benchmarks/series.py seattle --csv seattle-weather.csv
    python tests/benchmarks/series.py vowels --folder JapaneseVowels

ETTh1 is read from ../shared/data. seattle-weather.csv is in the package vega_datasets
(vega_datasets/_data), and JapaneseVowels in sktime (sktime/datasets/data); neither needs to be
installed: `pip download --no-deps`, and unzip.

Settings were chosen by `--validation`, which prints the errors on the validation rows and does not
read the test rows.
"""

from __future__ import annotations

import argparse
import ast
import csv
import time
from pathlib import Path

import numpy as np

from textseq.sequences import windows
from textseq.series import SequenceClassifier, SequenceForecaster

ETT = Path(__file__).parents[3] / "shared" / "data" / "ett" / "ETTh1.csv"
MONTH = 30 * 24
TRAIN, VALIDATION, TEST = 12 * MONTH, 4 * MONTH, 4 * MONTH
SEEDS = (0, 1, 2)
CHOSEN = {"window": 336}
"""Of 336, 512 and 720 rows, the best on the validation rows at each horizon."""


def read_columns(path, names):
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    return np.array([[float(row[name]) for name in names] for row in rows])


def show(name, scores, names=("mse", "mae")):
    print(f"  {name:24s}", *(f"{key.upper()} {scores[key]:.4f}" for key in names), flush=True)


def mean_of(found):
    return {way: {key: np.mean([f[way][key] for f in found]) for key in found[0][way]}
            for way in found[0]}  # fmt: skip


def forecast(values, test_rows, settings, options):
    """Return the mean errors over seeds, and print each seed's."""
    found = []
    for seed in options.seeds:
        began = time.perf_counter()
        model = SequenceForecaster(seed=seed, **settings).fit(values[: len(values) - test_rows])
        scores = model.validation_
        if not options.validation:
            scores = model.evaluate(values, first=len(values) - test_rows)
        found.append(scores)
        print(
            f"  seed {seed}: MSE {scores['textseq']['mse']:.4f}, share of the networks "
            f"{model.model_.share:.2f}, epochs {[len(h['loss']) for h in model.histories_]}, "
            f"{time.perf_counter() - began:.0f} s", flush=True,
        )  # fmt: skip
    return mean_of(found)


def stock(values, horizon, cell, window=96):
    """Return the errors of a layer of Keras's and a Dense one, on the standardised window."""
    import keras

    keras.utils.set_random_seed(0)
    data = windows(values.astype("float32")[:, None], window, horizon, target=0)
    train, validation, test = data.split(TRAIN, TRAIN + VALIDATION)
    model = keras.Sequential([getattr(keras.layers, cell)(64), keras.layers.Dense(horizon)])
    model.compile("adam", "mse")
    stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    model.fit(
        train.x, train.y, batch_size=64, epochs=20, verbose=0, callbacks=[stop],
        validation_data=(validation.x, validation.y),
    )  # fmt: skip
    error = model.predict(test.x, verbose=0) - test.y
    return {"mse": float(np.square(error).mean()), "mae": float(np.abs(error).mean())}


def ett(options):
    values = read_columns(ETT, ["OT"])[: TRAIN + VALIDATION + TEST, 0]
    values = (values - values[:TRAIN].mean()) / values[:TRAIN].std()
    fraction = VALIDATION / (TRAIN + VALIDATION)
    for horizon in options.horizons:
        settings = CHOSEN | ast.literal_eval(options.settings)
        print(f"ETTh1, OT, horizon {horizon}, {settings}")
        settings |= {"horizon": horizon, "season": 24, "validation_fraction": fraction}
        for name, scores in forecast(values, TEST, settings, options).items():
            show(name, scores)
        for cell in () if options.validation or not options.stock else ("SimpleRNN", "LSTM"):
            show(f"stock Keras {cell}", stock(values, horizon, cell))


def seattle(options):
    values = read_columns(options.csv, ["temp_max"])[:, 0]
    test_rows = round(len(values) / 5)
    settings = {"window": 365, "horizon": 7, "season": 7, "validation_fraction": 0.25}
    settings |= ast.literal_eval(options.settings)
    print(f"seattle-weather, temp_max, {settings}")
    for name, scores in forecast(values, test_rows, settings, options).items():
        show(name, scores, ("rmse", "mae", "mase"))


def read_vowels(path):
    lines = Path(path).read_text(encoding="utf-8").partition("@data\n")[2].splitlines()
    rows = [line.split(":") for line in lines if line]
    series = [
        np.array([[float(v) for v in part.split(",")] for part in row[:-1]]).T for row in rows
    ]
    return series, np.array([row[-1] for row in rows])


def vowels(options):
    series, speakers = read_vowels(Path(options.folder) / "JapaneseVowels_TRAIN.ts")
    settings = ast.literal_eval(options.settings)
    print(f"JapaneseVowels, {len(series)} utterances to train on, {settings}")
    if options.validation:
        folds = np.random.default_rng(1).permutation(len(series)) % 5
        splits = [(np.flatnonzero(folds != k), np.flatnonzero(folds == k)) for k in range(5)]
        sets = [(pick(series, a), speakers[a], pick(series, b), speakers[b]) for a, b in splits]
    else:
        test = read_vowels(Path(options.folder) / "JapaneseVowels_TEST.ts")
        sets = [(series, speakers, *test)]
    found = []
    for seed in options.seeds:
        began, right, count = time.perf_counter(), 0, 0
        for x, y, other, labels in sets:
            predicted = SequenceClassifier(seed=seed, **settings).fit(x, y).predict(other)
            right, count = right + int((predicted == labels).sum()), count + len(labels)
        found.append(right / count)
        print(f"  seed {seed}: {right}/{count} = {right / count:.4f}, "
              f"{time.perf_counter() - began:.0f} s", flush=True)  # fmt: skip
    print(f"  SequenceClassifier       {np.mean(found):.4f}")
    print(f"  linear, mean of features {linear(sets):.4f}")


def pick(series, which):
    return [series[i] for i in which]


def linear(sets):
    """Return the accuracy of logistic regression on each utterance's means and deviations."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def features(series):
        return np.array([np.r_[each.mean(axis=0), each.std(axis=0)] for each in series])

    right, count = 0, 0
    for x, y, other, labels in sets:
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        right += int((model.fit(features(x), y).predict(features(other)) == labels).sum())
        count += len(labels)
    return right / count


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("set", choices=["ett", "seattle", "vowels"])
    parser.add_argument("--horizons", type=int, nargs="+", default=[96, 192, 336])
    parser.add_argument("--csv", default="seattle-weather.csv")
    parser.add_argument("--folder", default="JapaneseVowels")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--settings", default="{}", help="a dict, in place of the chosen ones")
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--stock", action="store_true", help="run Keras's layers, for minutes")
    given = parser.parse_args()
    {"ett": ett, "seattle": seattle, "vowels": vowels}[given.set](given)
