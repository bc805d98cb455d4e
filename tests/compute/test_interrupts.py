"""Ctrl-C that waits."""

import signal
import threading

import pytest

from textseq.compute.interrupts import deferring_interrupts


def test_ctrl_c_comes_when_the_block_has_ended():
    done = []
    with pytest.raises(KeyboardInterrupt), deferring_interrupts():
        signal.raise_signal(signal.SIGINT)
        done.append("all of the block")
    assert done == ["all of the block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_ctrl_c_or_beside_the_main_thread_nothing_changes():
    def beside():
        with deferring_interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    seen = []
    thread = threading.Thread(target=beside)
    thread.start()
    thread.join()
    with deferring_interrupts():
        pass
    assert seen == [signal.getsignal(signal.SIGINT)] == [signal.default_int_handler]
