"""Trained classifiers, and clients of apps that serve them."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from textseq.classifier import Predictor, SentenceClassifier
from textseq.serve import Limits, make_app

SMALL = {"units": 4, "dimension": 4, "epochs": 8, "networks": 1, "learning_rate": 0.05}


def train(texts, labels, folder, **settings):
    """Train a small model and save it."""
    SentenceClassifier(**SMALL, **settings).fit(texts, labels).save(folder, force=True)
    return folder


@pytest.fixture(scope="session")
def reviews(tmp_path_factory):
    """Return the folder of a model of two classes."""
    folder = tmp_path_factory.mktemp("models") / "reviews"
    return train(["pure joy", "pure bore"] * 8, ["good", "bad"] * 8, folder, linear=2)


@pytest.fixture(scope="session")
def moods(tmp_path_factory):
    """Return the folder of a model of several labels."""
    folder = tmp_path_factory.mktemp("models") / "moods"
    texts, labels = ["joy and love", "love", "joy", "bore"] * 8, [["a", "b"], ["b"], ["a"], []] * 8
    return train(texts, labels, folder)


@pytest.fixture(scope="session")
def predictor(reviews):
    return Predictor.load(reviews)


@pytest.fixture
def client_of():
    """Return a function that starts an app and returns a client of it."""
    clients = []

    def start(models, **limits):
        client = TestClient(make_app(models, Limits(**limits)))
        clients.append(client)
        return client.__enter__()

    yield start
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def client(client_of, predictor):
    return client_of({"reviews": predictor})
