"""A trained classifier as a folder with a page that labels what is typed, without a server.

    index.html, style.css, page.js   the page, the same for every model
    model.js                         the model as ONNX, its name and its labels
    runtime.js                       ONNX Runtime for the browser, or the address to load it from

The model is in a script, since a page that was opened from a disk may not read other files.
"""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.errors import ArgumentError, require_extra
from textseq.export.onnx_file import build_model
from textseq.files.atomic import atomic_folder
from textseq.files.paths import StrPath, check_output, refuse_foreign_files

if TYPE_CHECKING:
    from textseq.classifier.predictor import Predictor

PAGE = ("index.html", "style.css", "page.js")
"""The files of the page, in the folder `web` beside this one."""

SCRIPTS = ("model.js", "runtime.js")

MODULE, WASM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
"""The files of onnxruntime-web that the page needs."""

RUNTIME_URL = f"https://cdn.jsdelivr.net/npm/onnxruntime-web@1.30.0/dist/{MODULE}"
"""Where the page loads ONNX Runtime from, unless it is in the folder; it loads its WASM itself."""


def export_web(
    predictor: Predictor,
    path: StrPath,
    *,
    name: str = "textseq",
    runtime: StrPath | None = None,
    force: bool = False,
) -> None:
    """Write a page that labels what is typed.

    Args:
        predictor: The classifier.
        path: The folder.
        name: The title of the page.
        runtime: The folder `dist` of npm's onnxruntime-web, to be copied into the page, which then
            works without a network; None for a page that loads ONNX Runtime from `RUNTIME_URL`.
        force: Whether a folder that is there is replaced.

    Raises:
        ArgumentError: ONNX cannot express the model (see `build_model`), or `runtime` is another
            folder.
        OutputExistsError: The folder exists and `force` is false.
        MissingExtraError: onnx is not installed.
    """
    check_web_output(path, force=force)
    scripts = {"RUNTIME": _runtime(runtime), "MODEL": _model(predictor, name)}
    with atomic_folder(path, force=force) as folder:
        for file in PAGE:
            (folder / file).write_bytes((files("textseq.export") / "web" / file).read_bytes())
        for variable, value in scripts.items():
            script = f"const {variable} = {json.dumps(value)};\n"
            (folder / f"{variable.lower()}.js").write_text(script, encoding="ascii")


def check_web_output(path: StrPath, *, force: bool = False) -> None:
    """Check before long work that a page can be written, and that no other file is lost.

    Raises:
        OutputExistsError: It exists and `force` is false; or it holds something other than a page,
            which `force` does not replace either.
    """
    refuse_foreign_files(path, "a page", (*PAGE, *SCRIPTS), SCRIPTS[0])
    check_output(path, force=force, folder=True)


def _model(predictor: Predictor, name: str) -> dict[str, Any]:
    require_extra("onnx", "Writing the page")
    model = build_model(predictor).SerializeToString()
    return {
        "name": name,
        "classes": [str(label) for label in predictor.classes],
        "thresholds": None if predictor.thresholds is None else predictor.thresholds.tolist(),
        "onnx": base64.b64encode(model).decode(),
    }


def _runtime(folder: StrPath | None) -> dict[str, str]:
    if folder is None:
        return {"url": RUNTIME_URL}
    for file in (MODULE, WASM):
        if not (Path(folder) / file).is_file():
            raise ArgumentError(
                f"The runtime '{folder}' should be the folder `dist` of the npm package "
                f"onnxruntime-web, and has no {file}; `npm install onnxruntime-web` puts it into "
                f"node_modules/onnxruntime-web/dist."
            )
    return {
        "module": (Path(folder) / MODULE).read_text(encoding="utf-8"),
        "wasm": base64.b64encode((Path(folder) / WASM).read_bytes()).decode(),
    }
