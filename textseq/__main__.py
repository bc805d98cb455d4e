"""Run the command line: `python -m textseq --help`.

Its imports take most of the time of a short command, so Ctrl-C must be handled before them; and not
as an exception, which some packages turn into one of theirs, or lose.
"""

import _signal as signal  # what `signal` gives names to, which takes some milliseconds
import os


def main() -> None:
    """Run the program."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    if on_interrupt is signal.default_int_handler:  # not where a shell lets jobs ignore Ctrl-C
        signal.signal(signal.SIGINT, _leave)
    from textseq.cli import app

    app.main(on_interrupt)


def _leave(*_: object) -> None:
    """End at once: no work has begun that would have to be undone."""
    os.write(2, b"textseq: interrupted.\n")
    os._exit(130)


if __name__ == "__main__":
    main()
