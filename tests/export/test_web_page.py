"""The page: what is in its folder, and in a browser the labels that the predictor gives."""

from __future__ import annotations

import base64
import html
import http.server
import json
import os
import queue
import re
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import onnx
import pytest

from textseq.classifier import SentenceClassifier
from textseq.errors import ArgumentError, OutputExistsError
from textseq.export.web_page import MODULE, RUNTIME_URL, WASM, export_web

RUNTIME = os.environ.get("TEXTSEQ_ONNXRUNTIME_WEB", "")
"""The folder `dist` of npm's onnxruntime-web, which the test in a browser needs."""

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
SMALL = {"units": 4, "dimension": 4, "epochs": 8, "learning_rate": 0.05, "networks": 2}
TEXTS = ["순수한 기쁨 joy", "pure bore"] * 8


@pytest.fixture(scope="module")
def model():
    """Return a model whose labels would end a script, if they could."""
    labels = ["</script><b>기쁨", "it's \u2028 bad"] * 8
    made = SentenceClassifier(**SMALL, linear=2, char_ngrams=3)
    return made.fit(TEXTS, labels, validation_data=(TEXTS, labels)).model_


def read_script(path):
    """Return the value of the only variable of a script."""
    return json.loads(re.fullmatch(r"const [A-Z]+ = (.*);\n", path.read_text("ascii"))[1])


def test_holds_the_model_and_where_its_runtime_is(model, tmp_path):
    export_web(model, tmp_path / "page", name="joys")
    held = read_script(tmp_path / "page" / "model.js")
    assert held["name"] == "joys"
    assert held["classes"] == model.classes.tolist()
    onnx.checker.check_model(onnx.load_from_string(base64.b64decode(held["onnx"])))
    assert read_script(tmp_path / "page" / "runtime.js") == {"url": RUNTIME_URL}
    page = (tmp_path / "page" / "index.html").read_text("utf-8")
    for name in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert (tmp_path / "page" / name).is_file()


def test_a_folder_of_something_else_is_never_replaced(model, tmp_path):
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "thesis.doc").write_text("years of work")
    with pytest.raises(OutputExistsError, match=r"other than a page, 'thesis\.doc', and is not"):
        export_web(model, folder, force=True)
    (folder / "thesis.doc").unlink()
    export_web(model, folder, force=True)
    with pytest.raises(OutputExistsError, match="exists and is not overwritten"):
        export_web(model, folder)
    export_web(model, folder, force=True)


def test_another_folder_is_no_runtime(model, tmp_path):
    (tmp_path / "dist").mkdir()
    with pytest.raises(ArgumentError, match=f"has no {MODULE}; `npm install onnxruntime-web`"):
        export_web(model, tmp_path / "page", runtime=tmp_path / "dist")
    assert not (tmp_path / "page").exists()


REPORT = """
new MutationObserver(() => {
  const report = { method: "POST", mode: "no-cors", body: document.documentElement.outerHTML };
  if (document.body.dataset.ready) fetch("http://127.0.0.1:PORT", report);
}).observe(document.body, { attributes: true });
"""
"""Sends the page when it is ready: only the page knows when a browser has compiled its WASM."""


def show(folder, link, profile):
    """Open a page from the disk in a browser, and return it with the labels of the link's text."""
    received = queue.Queue()

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Receiver) as server:
        script = (folder / "page.js").read_text("utf-8")
        report = REPORT.replace("PORT", str(server.server_port))
        (folder / "page.js").write_text(report + script, encoding="utf-8")
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
        url = f"{(folder / 'index.html').as_uri()}#{link}"
        with subprocess.Popen(
            [BROWSER, *options, f"--user-data-dir={profile}", url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as browser:
            try:
                server.timeout = 120
                server.handle_request()
            finally:
                os.killpg(browser.pid, signal.SIGKILL)
    return received.get_nowait()


@pytest.mark.skipif(not BROWSER, reason="there is no Chromium or Chrome")
@pytest.mark.skipif(
    not (Path(RUNTIME) / WASM).is_file(), reason="$TEXTSEQ_ONNXRUNTIME_WEB is not set"
)
@pytest.mark.parametrize(
    ("text", "link"),
    [*((text, quote(text)) for text in (TEXTS[0], "PURE bores, 순수한", "")), ("100%", "100%")],
)
def test_a_browser_shows_the_labels_of_the_predictor(model, text, link, tmp_path):
    folder = tmp_path / "page"
    export_web(model, folder, name="</title>", runtime=RUNTIME)
    shown = show(folder, link, tmp_path / "profile")
    rows = re.findall(r'class="label">(.*?)</div>.*?class="number">(.*?) %', shown)
    probabilities = model.predict_proba([text])[0]
    expected = sorted(zip(-probabilities, model.classes.tolist(), strict=True))
    assert [html.unescape(label) for label, _ in rows] == [label for _, label in expected]
    for (_, shown), (less, _) in zip(rows, expected, strict=True):
        assert float(shown) == pytest.approx(-100 * less, abs=0.06)
