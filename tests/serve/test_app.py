"""The endpoints: what they answer, and what they say of requests that they refuse."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest
from starlette.testclient import TestClient

from textseq.classifier.predictions import PredictionColumns, Predictions
from textseq.errors import ArgumentError, ArtifactError
from textseq.serve import make_app


def records(predictor, texts, **columns):
    found = predictor.predict_proba(texts)
    classes = [str(label) for label in predictor.classes]
    return [*Predictions(found, classes, PredictionColumns(**columns)).records()]


def test_one_text_is_answered_as_predict_prints_it(client, predictor):
    found = client.post("/predict", json={"text": "pure joy"})
    assert found.status_code == 200
    assert found.headers["content-type"] == "application/json"
    assert found.json() == records(predictor, ["pure joy"])[0]


def test_several_texts_are_answered_in_their_order(client, predictor):
    texts = ["pure joy", "", "pure bore", "naïve 😀 기쁨"]
    found = client.post("/predict", json={"texts": texts}).json()
    assert found == {"predictions": records(predictor, texts)}
    assert client.post("/predict", json={"texts": []}).json() == {"predictions": []}


@pytest.mark.parametrize("columns", [{"top": 2}, {"proba": True}, {"top": 9}, {"proba": False}])
def test_columns_are_those_of_predict(client, predictor, columns):
    found = client.post("/predict", json={"texts": ["pure joy"], **columns}).json()
    assert found["predictions"] == records(predictor, ["pure joy"], **columns)


def test_several_labels(client_of, moods):
    client = client_of({"moods": moods})
    labels = client.post("/predict", json={"text": "joy and love", "threshold": 0}).json()["labels"]
    assert {pair["label"] for pair in labels} == {"a", "b"}
    fitted = client.post("/predict", json={"text": "joy and love"}).json()
    assert [*fitted] == ["labels"]


def test_a_threshold_needs_several_labels(client):
    found = client.post("/predict", json={"text": "joy", "threshold": 0.5})
    assert found.status_code == 422
    assert "one label to a text" in found.json()["error"]


def test_models_are_chosen_by_name(client_of, predictor, moods):
    client = client_of({"reviews": predictor, "moods": moods})
    assert "labels" in client.post("/predict", json={"text": "joy", "model": "moods"}).json()
    assert "label" in client.post("/predict", json={"text": "joy", "model": "reviews"}).json()
    unnamed = client.post("/predict", json={"text": "joy"})
    assert unnamed.status_code == 422
    assert unnamed.json()["error"] == (
        "The field 'model' must name one of the models: reviews, moods."
    )


@pytest.mark.parametrize(
    ("status", "asked", "said"),
    [
        (404, ("GET", "/nothing"), "There is nothing at '/nothing'; there are POST /predict, "),
        (404, ("GET", "/predict/"), "There is nothing at '/predict/'"),
        (405, ("GET", "/predict"), "This address takes POST, not GET"),
        (405, ("DELETE", "/health"), "This address takes GET, HEAD, not DELETE"),
    ],
)
def test_what_no_endpoint_is_for(client, status, asked, said):
    found = client.request(*asked)
    assert found.status_code == status
    assert found.json()["error"].startswith(said)
    assert ("allow" in found.headers) == (status == 405)


@pytest.mark.parametrize(
    ("kind", "received"),
    [(None, "none"), ("text/plain", "'text/plain'"), ("application/x-www-form-urlencoded", "'")],
)
def test_other_content_is_refused(client, kind, received):
    headers = {"Content-Type": kind} if kind else {}
    found = client.post("/predict", content=b'{"text": "joy"}', headers=headers)
    assert found.status_code == 415
    assert f"Received: {received}" in found.json()["error"]


def test_a_charset_and_a_mark_at_the_start_are_no_harm(client):
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    content = b"\xef\xbb\xbf" + b'{"text": "joy"}'
    assert client.post("/predict", content=content, headers=headers).status_code == 200


def test_long_bodies_are_refused_with_or_without_their_length(client_of, predictor):
    client = client_of({"reviews": predictor}, max_body=1000)
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"text": "joy " * 1000}).encode()

    def chunks():
        yield from (body[i : i + 100] for i in range(0, len(body), 100))

    for content in (body, chunks()):
        found = client.post("/predict", content=content, headers=headers)
        assert found.status_code == 413
        assert found.json()["error"] == (
            "The body has more than 1,000 bytes, which is the limit; send fewer texts, or shorter "
            "ones."
        )
    assert client.app.state.service.bodies.held == 0


def test_too_many_bytes_that_wait_are_refused(client):
    bodies = client.app.state.service.bodies
    bodies.held = 15_999_990
    found = client.post("/predict", json={"text": "pure joy"})
    assert (found.status_code, found.headers["retry-after"]) == (503, "1")
    assert found.json()["error"].startswith("Too many long requests wait already; ")
    assert bodies.held == 15_999_990
    bodies.held = 0
    client.post("/predict", json={"text": "pure joy", "top": 0})
    client.post("/predict", json={"text": "pure joy"})
    assert bodies.held == 0


def test_too_many_texts_that_wait_are_refused(client_of, predictor):
    client = client_of({"reviews": predictor}, max_queue=3)
    assert client.post("/predict", json={"texts": ["joy"] * 5}).status_code == 200
    batcher = client.app.state.service.models["reviews"].batcher
    batcher.waiting = 2
    found = client.post("/predict", json={"texts": ["joy", "bore"]})
    assert (found.status_code, found.headers["retry-after"]) == (503, "1")
    assert found.json()["error"].startswith("2 texts wait already, and --max-queue is 3; ")
    assert client.post("/predict", json={"text": "joy"}).status_code == 200
    batcher.waiting = 0


def test_a_failure_is_the_requests_own_and_says_no_text(client, predictor, monkeypatch, caplog):
    asked = type(predictor).predict_proba

    def fail(self, texts):
        if "secret" in texts:
            raise RuntimeError("secret")
        return asked(self, texts)

    monkeypatch.setattr(type(predictor), "predict_proba", fail)
    with caplog.at_level(logging.INFO):
        found = client.post("/predict", json={"text": "secret"})
    assert found.status_code == 500
    assert found.json()["error"].startswith("The model 'reviews' failed with RuntimeError; ")
    assert "secret" not in caplog.text
    assert "RuntimeError in " in caplog.text
    assert client.post("/predict", json={"text": "joy"}).status_code == 200


def test_what_nobody_expected_is_answered_counted_and_printed(client, monkeypatch, caplog):
    def fail(self):
        raise KeyError("secret")

    monkeypatch.setattr("textseq.serve.served_model.ServedModel.describe", fail)
    found = TestClient(client.app, raise_server_exceptions=False).get("/model")
    assert found.status_code == 500
    assert found.json()["error"].startswith("The service failed with KeyError; ")
    assert "GET /model failed: KeyError in " in caplog.text
    assert "secret" not in caplog.text
    counted = 'textseq_requests_total{method="GET",path="/model",status="500"} 1.0'
    assert counted in client.get("/metrics").text


def test_health_and_what_is_loaded(client_of, reviews, moods):
    client = client_of({"reviews": reviews, "moods": moods})
    assert client.get("/health").json() == {"status": "ok"}
    first, second = client.get("/model").json()["models"]
    assert (first["name"], first["classes"], first["multilabel"]) == (
        "reviews", ["bad", "good"], False,
    )  # fmt: skip
    assert second["multilabel"]
    assert len(first["sha256"]) == 64
    assert set(first) >= {"sha256", "validation", "loaded"}
    assert "metrics" not in first  # which name the training files, for whoever may ask


def test_the_description_is_of_what_is_loaded_now(client_of, reviews, moods, tmp_path):
    def fields():
        described = client.get("/openapi.json").json()["paths"]["/predict"]["post"]
        return described["requestBody"]["content"]["application/json"]["schema"]["properties"]

    link = tmp_path / "current"
    link.symlink_to(reviews)
    client = client_of({"m": link})
    assert "threshold" not in fields()
    link.unlink()
    link.symlink_to(moods)
    client.app.state.service.models["m"].reload()
    assert "threshold" in fields()


def test_a_stopping_service_closes_its_connections(client):
    service = client.app.state.service
    assert "connection" not in client.get("/health").headers
    service.stopping = True
    found = client.get("/health")
    assert (found.status_code, found.headers["connection"]) == (503, "close")
    answered = client.post("/predict", json={"text": "joy"})
    assert (answered.status_code, answered.headers["connection"]) == (200, "close")


def test_the_metrics_count_what_was_asked(client):
    client.post("/predict", json={"texts": ["joy", "bore"]})
    client.get("/made/up/42")
    client.request("INVENTED", "/health")
    text = client.get("/metrics").text
    assert 'textseq_requests_total{method="POST",path="/predict",status="200"} 1.0' in text
    assert 'textseq_requests_total{method="GET",path="other",status="404"} 1.0' in text
    assert 'textseq_requests_total{method="other",path="/health",status="405"} 1.0' in text
    assert 'textseq_batch_texts_bucket{le="2.0",model="reviews"} 1.0' in text
    assert 'textseq_waiting_texts{model="reviews"} 0.0' in text
    assert "made" not in text


def test_models_need_names():
    with pytest.raises(ArgumentError, match="a name and a model folder"):
        make_app({})


def test_a_folder_of_another_task_is_refused(tmp_path, labelled):
    (tmp_path / "config.json").write_text('{"format": "textseq-tagger"}')
    with pytest.raises(ArtifactError, match="does not describe a textseq classifier; its format"):
        make_app({"tagger": tmp_path})


def test_it_runs_without_what_trains(reviews):
    program = f"""
import sys
from starlette.testclient import TestClient
from textseq.serve import make_app
with TestClient(make_app({{"reviews": {str(reviews)!r}}})) as client:
    assert client.post("/predict", json={{"text": "joy"}}).status_code == 200
heavy = {{"tensorflow", "keras", "sklearn", "gensim", "matplotlib"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
