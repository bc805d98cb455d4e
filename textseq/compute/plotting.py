"""Loading matplotlib, whatever settings of the user's it finds."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import logging
import os
import sys
from pathlib import Path

_log = logging.getLogger(__name__)


def load_matplotlib() -> None:
    """Import matplotlib; with its own settings where those of the user keep it from loading.

    It reads MPLBACKEND, and a file `matplotlibrc`, also from the working directory.
    """
    try:
        importlib.import_module("matplotlib")
    except ImportError:
        raise
    except Exception as error:  # noqa: BLE001  (whatever is in the file)
        reason = " ".join(str(error).split())
    else:
        return
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        del sys.modules[name]
    spec = importlib.util.find_spec("matplotlib")
    folder = Path(spec.origin or "").parent / "mpl-data" if spec else Path()
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        with contextlib.chdir(folder):  # whose `matplotlibrc` comes before all others
            importlib.import_module("matplotlib")
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    _log.warning(
        "matplotlib cannot use its settings (MPLBACKEND, or a matplotlibrc): %s; plots have its "
        "default ones",
        reason,
    )
