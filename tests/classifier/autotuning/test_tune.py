from __future__ import annotations

import json
import random
import signal

import numpy as np
import pytest

from textseq.classifier.autotuning import search as searching
from textseq.classifier.autotuning import tune
from textseq.classifier.autotuning.journal import FILE, Trial
from textseq.classifier.autotuning.search import SearchLimits
from textseq.classifier.autotuning.study import Study
from textseq.classifier.autotuning.tune import autotune
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.fit import train_classifier
from textseq.classifier.predictor import Predictor
from textseq.errors import ArgumentError, ArtifactError
from textseq.network.training import deadline

CONFIG = ClassifierConfig(units=4, dimension=4, epochs=2, networks=1, min_count=1)


def draw(count, seed):
    """Return texts of which a label is hinted at by words, so that no model is always right."""
    rng = random.Random(seed)
    texts, labels = [], []
    for _ in range(count):
        label = rng.choice(["good", "bad"])
        hints = ["joy", "fine"] if label == "good" else ["bore", "dull"]
        words = [rng.choice(hints if rng.random() < 0.3 else list("abcdefgh")) for _ in range(6)]
        texts.append(" ".join(words))
        labels.append(label)
    return texts, labels


TRAINING, HELD = draw(80, 0), draw(60, 1)


def search(limits, config=CONFIG, **options):
    return autotune(*TRAINING, config, limits=limits, validation_data=HELD, **options)


def figures(trained):
    """Return the trials without what the clock says."""
    return [{k: v for k, v in trial.items() if k != "seconds"} for trial in trained.trials]


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by a second whenever it is asked."""

    class Clock:
        now = 0.0

        def monotonic(self):
            self.now += 1
            return self.now

    found = Clock()
    for module in (deadline, searching, tune):
        monkeypatch.setattr(module, "time", found)
    return found


def test_the_first_trial_is_what_training_makes():
    found = search(SearchLimits(trials=1))
    usual = train_classifier(*TRAINING, CONFIG, validation_data=HELD)
    np.testing.assert_array_equal(
        found.model.predict_proba(HELD[0]), usual.model.predict_proba(HELD[0])
    )
    assert found.histories == usual.histories
    assert found.validation == usual.validation
    (trial,) = figures(found)
    assert trial["score"] == pytest.approx(usual.validation["together"])
    assert trial["chosen"]


def test_a_number_of_trials_repeats():
    once, again = (search(SearchLimits(trials=6)) for _ in range(2))
    assert figures(once) == figures(again)
    assert len(once.trials) == 6
    for name, weight in once.model.weights.items():
        np.testing.assert_array_equal(weight, again.model.weights[name])


def test_a_trial_is_what_its_settings_make():
    """More networks go on from those that are there, and are those of a training by itself."""
    found = search(SearchLimits(trials=2))
    assert found.trials[1]["settings"] == {"networks": 2}
    usual = train_classifier(*TRAINING, CONFIG.replace(networks=2), validation_data=HELD)
    assert found.trials[1]["score"] == pytest.approx(usual.validation["together"])


def test_the_saved_model_is_the_one_that_was_chosen(monkeypatch, tmp_path):
    monkeypatch.setattr("textseq.classifier.autotuning.rule.needed_errors", lambda number: -9.0)
    found = search(SearchLimits(trials=8))
    best = max((trial for trial in found.trials if trial["chosen"]), key=lambda t: t["score"])
    found.save(tmp_path / "model")
    model = Predictor.load(tmp_path / "model")
    right = np.mean(model.predict(HELD[0]) == np.array(HELD[1]))
    assert right == pytest.approx(best["score"])
    for name, value in best["settings"].items():
        assert getattr(model.config, name) == value
    metrics = json.loads((tmp_path / "model" / "metrics.json").read_text())
    assert metrics["trials"] == found.trials


def test_settings_that_are_held():
    fixed = {"units", "networks", "learning_rate"}
    found = search(SearchLimits(trials=8, fixed=fixed))
    assert not any(fixed & set(trial["settings"]) for trial in found.trials)


def test_a_search_goes_on_where_it_was(tmp_path, monkeypatch):
    """Also where networks that others go on from are trained again, and where trials end early."""
    monkeypatch.setattr("textseq.classifier.autotuning.study.FIRST_TRIALS", 2)
    monkeypatch.setattr("textseq.classifier.autotuning.study.KEPT", 30.0)
    monkeypatch.setattr("textseq.classifier.autotuning.rule.needed_errors", lambda number: -0.5)
    whole = search(SearchLimits(trials=12))
    assert {trial["result"] for trial in whole.trials} == {"scored", "pruned"}
    search(SearchLimits(trials=3), checkpoint=tmp_path / "c")
    resumed = []
    found = search(SearchLimits(trials=12), checkpoint=tmp_path / "c", on_resume=resumed.extend)
    assert [trial.number for trial in resumed] == [0, 1, 2]
    assert figures(found) == figures(whole)
    np.testing.assert_allclose(
        found.model.predict_proba(HELD[0]), whole.model.predict_proba(HELD[0]), atol=1e-6
    )


def test_a_search_with_code_of_the_users_own_goes_on(tmp_path):
    config = CONFIG.replace(analyzer="shlex:split")
    search(SearchLimits(trials=1), config, checkpoint=tmp_path / "c")
    found = search(SearchLimits(trials=2), config, checkpoint=tmp_path / "c")
    assert [trial["settings"] for trial in found.trials] == [{}, {"networks": 2}]


def test_one_process_at_a_time(tmp_path):
    def second(trial):
        with pytest.raises(ArtifactError, match="in use by another process"):
            search(SearchLimits(trials=1), checkpoint=tmp_path / "c")

    search(SearchLimits(trials=1), checkpoint=tmp_path / "c", on_trial=second)


def test_only_the_models_that_count_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("textseq.classifier.autotuning.rule.needed_errors", lambda number: -9.0)
    found = search(SearchLimits(trials=8), checkpoint=tmp_path / "c")
    chosen = [trial["number"] for trial in found.trials if trial["chosen"]]
    kept = sorted(path.name for path in (tmp_path / "c").glob("trial-*"))
    assert kept == sorted({"trial-0", f"trial-{chosen[-1]}"})


def test_a_torn_last_line_is_tried_again(tmp_path):
    once = search(SearchLimits(trials=3), checkpoint=tmp_path / "c")
    journal = tmp_path / "c" / FILE
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-9])
    again = search(SearchLimits(trials=3), checkpoint=tmp_path / "c")
    assert figures(again) == figures(once)
    assert len(journal.read_bytes().splitlines()) == 4


@pytest.mark.parametrize(
    ("line", "message"),
    [("{", "not JSON"), ("3", "not an object"), ('{"number": 9}', "other entries|not in order")],
)
def test_a_damaged_journal(tmp_path, line, message):
    search(SearchLimits(trials=1), checkpoint=tmp_path / "c")
    journal = tmp_path / "c" / FILE
    journal.write_text(journal.read_text() + line + "\n")
    with pytest.raises(ArtifactError, match=message):
        search(SearchLimits(trials=2), checkpoint=tmp_path / "c")


def test_a_journal_of_other_settings(tmp_path):
    search(SearchLimits(trials=1), checkpoint=tmp_path / "c")
    with pytest.raises(ArtifactError, match="was made with seed 0, where 1 is asked for now"):
        search(SearchLimits(trials=1), CONFIG.replace(seed=1), checkpoint=tmp_path / "c")
    with pytest.raises(ArtifactError, match=r"is of other data \(training texts\)"):
        autotune(
            *draw(80, 5),
            CONFIG,
            limits=SearchLimits(trials=1),
            validation_data=HELD,
            checkpoint=tmp_path / "c",
        )


def test_a_model_folder_is_no_checkpoint(tmp_path):
    search(SearchLimits(trials=1)).save(tmp_path / "model")
    before = {file.name for file in (tmp_path / "model").iterdir()}
    with pytest.raises(ArtifactError, match="is a model folder; name another folder"):
        search(SearchLimits(trials=1), checkpoint=tmp_path / "model")
    assert {file.name for file in (tmp_path / "model").iterdir()} == before


def test_the_time_ends_the_search(clock):
    found = search(SearchLimits(seconds=200))
    assert found.trials[0]["complete"]
    assert len(found.trials) > 1
    assert clock.now < 220


def test_the_first_trial_ends_with_the_time(clock):
    found = search(SearchLimits(seconds=12), CONFIG.replace(networks=3))
    (trial,) = found.trials
    assert trial["settings"] == {"networks": 1}
    assert not trial["complete"]
    assert len(found.model.networks) == 1
    assert not found.interrupted


def test_settings_of_a_trial_that_the_time_ended_are_not_in_the_space():
    study = Study(CONFIG.replace(networks=3), {"networks": [1, 3], "units": [2, 4]})
    trials = [Trial(0, {}, score=0.8), Trial(1, {"networks": 2}, score=0.9)]
    assert study.propose(trials, 0) in ({"units": 2}, {"networks": 1}, {"networks": 1, "units": 2})


def test_ctrl_c_ends_with_the_best(tmp_path):
    def interrupt(trial):
        if trial.number == 2:
            signal.raise_signal(signal.SIGINT)

    found = search(SearchLimits(trials=9), on_trial=interrupt)
    assert found.interrupted
    assert len(found.trials) == 3


@pytest.mark.parametrize("error", [MemoryError, ArgumentError])
def test_a_trial_that_fails_ends_no_search(monkeypatch, error):
    train = tune.Trainer.train

    def fail(self, settings, others, watch):
        if settings == {"networks": 2}:
            raise error
        return train(self, settings, others, watch)

    monkeypatch.setattr(tune.Trainer, "train", fail)
    found = search(SearchLimits(trials=3))
    assert [trial["result"] for trial in found.trials] == ["scored", "failed", "scored"]


def test_the_size_is_limited(tmp_path):
    config = CONFIG.replace(dimension=64, units=32)
    sizes = [trial["size"] for trial in search(SearchLimits(trials=2, size=10**9), config).trials]
    limit = sizes[0] - 1
    found = search(SearchLimits(trials=5, size=limit), config)
    results = [trial["result"] for trial in found.trials]
    assert results[0] == "too large"
    assert "scored" in results
    found.save(tmp_path / "model")
    assert sum(file.stat().st_size for file in (tmp_path / "model").iterdir()) <= limit
    with pytest.raises(ArgumentError, match="the smallest has"):
        search(SearchLimits(trials=2, size=100), config)


def test_several_labels():
    both, held = (
        [[label, "fun"] if "joy" in text else [label] for text, label in zip(*part, strict=True)]
        for part in (TRAINING, HELD)
    )
    found = autotune(
        TRAINING[0], both, CONFIG, limits=SearchLimits(trials=3), validation_data=(HELD[0], held)
    )
    assert len(found.trials) == 3
    assert found.model.multilabel
    assert found.trials[0]["metric"] == "macro-f1"
    usual = train_classifier(TRAINING[0], both, CONFIG, validation_data=(HELD[0], held))
    assert found.trials[0]["score"] == pytest.approx(usual.validation["together"])


@pytest.mark.parametrize("metric", ["macro-f1", "loss"])
def test_the_metric_decides(metric):
    found = search(SearchLimits(trials=2), CONFIG.replace(metric=metric))
    assert (found.trials[0]["score"] < 0) == (metric == "loss")


def test_texts_to_validate_on_are_needed():
    with pytest.raises(ArgumentError, match=r"texts none are kept; .*--validation-fraction 0.2"):
        autotune(*TRAINING, CONFIG, limits=SearchLimits(trials=1))
    few = ["a joy", "a bore", "joy"], ["good", "bad", "good"]
    with pytest.raises(ArgumentError, match=r"texts fewer are kept; name some with --validation"):
        config = CONFIG.replace(validation_fraction=0.2)
        autotune(*few, config, limits=SearchLimits(trials=1))


def test_something_ends_it():
    with pytest.raises(ArgumentError, match="needs a time"):
        SearchLimits()
    with pytest.raises(ArgumentError, match="must be above 0. Received: -1"):
        SearchLimits(seconds=-1)
