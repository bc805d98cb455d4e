"""Batches of windows are Keras's; where Keras is off by one, an error says what to give."""

import json

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import sequence as keras_sequence

from textseq.errors import ArgumentError
from textseq.sequences import (
    TimeseriesGenerator,
    timeseries_dataset_from_array,
    timeseries_generator_from_json,
    windows,
)


def equal(ours, theirs):
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


@given(st.data())
def test_batches_are_those_of_keras(data):
    count = data.draw(st.integers(2, 30))
    length = data.draw(st.integers(1, count - 1))
    start = data.draw(st.integers(0, count - 1 - length))
    arguments = {
        "length": length,
        "start_index": start,
        "end_index": data.draw(st.none() | st.integers(start + length, count - 1)),
        **{
            name: data.draw(st.integers(1, 7)) for name in ("sampling_rate", "stride", "batch_size")
        },
        **{name: data.draw(st.booleans()) for name in ("shuffle", "reverse")},
    }
    rows = np.arange(count * 3).reshape(data.draw(st.sampled_from([(-1, 3), (count, 3, 1)])))
    values, targets = data.draw(
        st.sampled_from([(rows, rows[:, 0]), (rows.tolist(), [*"abc"] * count)])
    )
    targets = targets[:count]
    ours = TimeseriesGenerator(values, targets, **arguments)
    theirs = keras_sequence.TimeseriesGenerator(values, targets, **arguments)
    assert len(ours) == len(theirs)
    for i in range(len(ours)):
        np.random.seed(i)
        mine = ours[i]
        np.random.seed(i)
        equal(mine, theirs[i])


def test_json_is_that_of_keras_and_comes_back(monkeypatch):
    # What Keras 3 calls in `to_json`, and has not.
    monkeypatch.setattr(keras.utils.PyDataset, "get_config", lambda self: {}, raising=False)
    rows = np.arange(24).reshape(12, 2)
    arguments = {"length": 4, "sampling_rate": 2, "stride": 3, "start_index": 1, "batch_size": 2}
    ours = TimeseriesGenerator(rows, rows[:, 0], **arguments)
    theirs = keras_sequence.TimeseriesGenerator(rows, rows[:, 0], **arguments)
    mine, other = json.loads(ours.to_json(indent=2)), json.loads(theirs.to_json())
    assert mine == other
    for text in (ours.to_json(), theirs.to_json()):
        for batch, expected in zip(timeseries_generator_from_json(text), ours, strict=True):
            equal(batch, expected)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"config": {"length": 3}}', "9" * 5000, None])
def test_other_json_is_refused(text):
    with pytest.raises(ArgumentError, match="must be what `TimeseriesGenerator.to_json` returns"):
        timeseries_generator_from_json(text)


def test_batches_are_counted():
    batches = TimeseriesGenerator(range(10), range(10), length=3, batch_size=4)
    assert len([*batches]) == len(batches) == 2
    equal(batches[-1], batches[1])
    with pytest.raises(IndexError, match="Batch 2 is outside these 2 batches"):
        batches[2]


def test_keras_trains_on_the_batches():
    batches = TimeseriesGenerator(np.zeros((9, 2)), np.zeros(9), length=3, batch_size=4).to_keras()
    model = keras.Sequential([keras.Input((3, 2)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile(loss="mse")
    assert len(model.fit(batches, verbose=0).history["loss"]) == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"targets": range(9)}, "Received: 10 and 9.*targets are not shifted: give targets=data"),
        ({"length": 10}, "No row follows the first window: `start_index` 0 \\+ `length` 10"),
        ({"start_index": 7}, "must be at most 9, the last row"),
        ({"end_index": 10}, "`end_index` is the last row that is used, at most 9 of 10"),
        ({"start_index": -1}, "`start_index` must be 0 or more"),
        ({"length": 0}, "`length` must be 1 or more"),
        ({"sampling_rate": 0}, "`sampling_rate` must be 1 or more"),
        ({"stride": 0}, "`stride` must be 1 or more"),
        ({"batch_size": 0}, "`batch_size` must be 1 or more"),
        ({"data": []}, "`data` must have rows in order of time"),
        ({"data": [[1], [1, 2]]}, "`data` must be an array: its rows differ in length"),
    ],
)
def test_generators_without_windows_are_refused(changed, message):
    arguments = {"data": range(10), "targets": range(10), "length": 3} | changed
    with pytest.raises(ArgumentError, match=message):
        TimeseriesGenerator(**arguments)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_datasets_are_those_of_keras(data):
    count = data.draw(st.integers(4, 24))
    start = data.draw(st.none() | st.integers(0, count // 2))
    end = data.draw(st.none() | st.integers((start or 0) + 1, count - 1))
    rate = data.draw(st.integers(1, 3))
    longest = ((count if end is None else end) - (start or 0) - 1) // rate + 1
    arguments = {
        "sequence_length": data.draw(st.integers(1, longest)),
        "sequence_stride": data.draw(st.integers(1, 3)),
        "sampling_rate": rate,
        "batch_size": data.draw(st.none() | st.integers(1, 5)),
        "start_index": start,
        "end_index": end,
    }
    rows = np.arange(count * 2).reshape(count, 2)
    targets = data.draw(st.sampled_from([None, -rows[:, 0], -rows]))
    ours = [*timeseries_dataset_from_array(rows, targets, **arguments)]
    theirs = [*keras.utils.timeseries_dataset_from_array(rows, targets, **arguments)]
    for mine, other in zip(ours, theirs, strict=True):
        equal(mine if targets is not None else [mine], other if targets is not None else [other])


def test_shuffled_windows_keep_their_targets():
    rows = np.arange(50)
    dataset = timeseries_dataset_from_array(rows, -rows, 5, shuffle=True, seed=1, batch_size=7)
    seen = [(*x, y) for batch in dataset for x, y in zip(*batch, strict=True)]
    assert [*dataset.starts] != [*range(46)]
    assert sorted(seen) == [(*range(i, i + 5), -i) for i in range(46)]
    assert sum(len(y) for _, y in dataset) == 46  # again


class TestWhereKerasIsOffByOne:
    ROWS = np.arange(20.0)

    def test_all_rows_may_be_used(self):
        """Keras refuses an `end_index`, before which the last row is, that is the end."""
        assert len(timeseries_dataset_from_array(self.ROWS, None, 5, end_index=20).starts) == 16
        with pytest.raises(ValueError, match="must be lower than the length"):
            keras.utils.timeseries_dataset_from_array(self.ROWS, None, 5, end_index=20)

    def test_targets_end_where_they_end(self):
        """With a `start_index`, Keras counts the targets before it, and reads one that is not."""
        arguments = (self.ROWS, self.ROWS[5:], 5)
        [(x, y)] = timeseries_dataset_from_array(*arguments, start_index=10)
        assert (x[-1, -1], y[-1]) == (18, 19)

    @pytest.mark.parametrize("shift", [0, 1, 4])
    def test_a_target_in_its_own_window_is_noted(self, shift, caplog):
        timeseries_dataset_from_array(self.ROWS, self.ROWS[shift:], 5)
        assert f"from row {shift} on" in caplog.text
        assert "targets=data[5:]" in caplog.text

    @pytest.mark.parametrize("rows", [np.zeros(20), np.arange(20) % 2])
    def test_a_series_that_repeats_itself_is_not_noted(self, rows, caplog):
        timeseries_dataset_from_array(rows, rows[5:], 5)
        timeseries_dataset_from_array(rows, rows.copy(), 5)
        assert not caplog.records

    def test_the_advice_loses_no_window(self, caplog):
        [(x, y)] = timeseries_dataset_from_array(self.ROWS, self.ROWS[5:], 5)
        assert not caplog.records
        assert (len(x), y[-1]) == (15, 19)

    def test_lost_windows_are_noted(self, caplog):
        """As in the example of Keras's documentation."""
        [*timeseries_dataset_from_array(self.ROWS[:-5], self.ROWS[5:], 5)]
        assert "The last 4 of 15 targets have no window" in caplog.text

    def test_labels_of_rows_are_not_noted(self, caplog):
        [*timeseries_dataset_from_array(self.ROWS, self.ROWS > 3, 5)]
        assert not caplog.records

    def test_no_index_is_ignored(self):
        with pytest.raises(ArgumentError, match="`end_index` must be 1 or more"):
            timeseries_dataset_from_array(self.ROWS, None, 5, end_index=0)
        with pytest.raises(ArgumentError, match="A window spans 9 rows, from `start_index` 15"):
            timeseries_dataset_from_array(self.ROWS, None, 5, sampling_rate=2, start_index=15)
        with pytest.raises(ArgumentError, match="`targets` have no row from `start_index` on"):
            timeseries_dataset_from_array(self.ROWS, self.ROWS[:3], 5, start_index=5)


class TestReportsOfOthers:
    """The issues that docs/series.md names; what they ask for works, or is said."""

    def test_a_series_of_one_window_has_it(self):
        """keras-team/tf-keras 314."""
        [x] = timeseries_dataset_from_array(np.arange(99), None, 50, sampling_rate=2)
        assert x.tolist() == [[*range(0, 99, 2)]]

    def test_the_length_is_no_multiple_of_the_rate(self):
        """keras-team/keras 9929."""
        rows = np.arange(50)[:, None]
        x, y = TimeseriesGenerator(rows, rows, length=10, sampling_rate=3)[0]
        assert x.shape == (40, 4, 1)
        assert (x[0, :, 0].tolist(), y[0, 0]) == ([0, 3, 6, 9], 10)

    def test_only_the_last_batch_is_smaller(self):
        """tensorflow/tensorflow 37667."""
        rows = np.zeros((100, 3))
        sizes = [len(x) for x, _ in TimeseriesGenerator(rows, rows[:, 0], 8, batch_size=20)]
        assert sizes == [20, 20, 20, 20, 12]

    def test_indices_end_with_the_data(self):
        """rstudio/keras3 879: an index out of bounds, in the middle of training."""
        rows = np.arange(30)
        with pytest.raises(ArgumentError, match="at most 29 of 30 rows; leave it out"):
            TimeseriesGenerator(rows, rows, length=3, end_index=30)
        assert TimeseriesGenerator(rows, rows, length=3)[0][1][-1] == 29

    def test_a_target_further_ahead_is_a_shifted_one(self):
        """keras-team/keras-preprocessing 66: the target is of the row after the window."""
        rows = np.arange(20)
        x, y = TimeseriesGenerator(rows[:-2], rows[2:], length=5)[0]
        assert (x[0].tolist(), y[0]) == ([0, 1, 2, 3, 4], 7)
        found = windows(rows, 5, horizon=3)
        assert found.y[0, -1, 0] == 7
