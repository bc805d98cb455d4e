"""The limits of the service, each declared once: the command's options are derived from them."""

from __future__ import annotations

from dataclasses import dataclass

from textseq.compute.settings import check_settings, setting


@dataclass(frozen=True)
class Limits:
    """How much the service takes, at most.

    Raises:
        ArgumentError: One is not a number, or too low.

    Example:
        >>> from textseq.serve import Limits
        >>> Limits(max_batch=1).max_batch
        1
        >>> Limits(max_batch=0)
        Traceback (most recent call last):
        textseq.errors.ArgumentError: `max_batch` must be 1 or more. Received: 0.
    """

    max_batch: int = setting(
        64,
        "Texts of several requests that are predicted together, at most; 1 predicts each request "
        "by itself.",
        at_least=1,
    )
    max_texts: int = setting(1_000, "Texts of a request, at most.", at_least=1)
    max_length: int = setting(100_000, "Characters of a text, at most.", at_least=1)
    max_body: int = setting(1_000_000, "Bytes of a request's body, at most.", at_least=1)
    max_queue: int = setting(
        4_000, "Texts that wait for a model, at most; beyond, requests get status 503.", at_least=1
    )
    max_connections: int = setting(
        2_000, "Connections, at most; beyond, requests get status 503.", at_least=1
    )
    receive_timeout: float = setting(
        30.0, "Seconds in which a request must have arrived, and its answer be taken.", above=0
    )
    keep_alive: float = setting(
        75.0, "Seconds after which a connection without requests is closed.", above=0
    )
    stop_timeout: float = setting(
        30.0, "Seconds that requests get to be answered when the service stops.", above=0
    )

    def __post_init__(self) -> None:
        check_settings(self)
