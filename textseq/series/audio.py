"""Log-mel features of sound: what is heard every 10 ms, as vectors that a network can read.

    samples -- spectra of 25 ms, every 10 ms -- power in mel bands -- logarithm --> (frames, mels)

The bands are as wide as the ear tells pitches apart (the mel scale of O'Shaughnessy 1987).
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from textseq.errors import ArgumentError, naming_extras
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.network.arrays import AnyArray, DoubleArray, FloatArray
from textseq.sequences.arguments import as_array

FRAME, HOP = 0.025, 0.010
"""Seconds of a spectrum, and between two."""

_QUIET = 1e-10


def log_mel(sound: Any, rate: int | None = None, *, mels: int = 40) -> FloatArray:
    """Return the log-mel features of sound, a row every 10 ms.

    Args:
        sound: The name of a .wav file; or samples, (time,) or (time, channels), which are averaged.
        rate: Samples in a second; of a file, it says so itself.
        mels: Bands, from 0 Hz to half the rate.

    Returns:
        float32, (frames, mels): natural logarithms of power.

    Raises:
        ArgumentError: The samples are fewer than a frame, or their rate is missing.
        ArtifactError: The file is missing, or no .wav file.

    Example:
        >>> import numpy as np
        >>> from textseq.series.audio import log_mel
        >>> tone = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
        >>> log_mel(tone, rate=16_000).shape
        (98, 40)
    """
    if isinstance(sound, str | Path):
        rate, samples = _read_wav(sound)
    else:
        samples = as_array(sound, "sound")
    if samples.ndim not in (1, 2) or samples.dtype.kind not in "iuf" or not rate or mels < 1:
        raise ArgumentError(
            f"`sound` must be samples, (time,) or (time, channels), with `rate`, or the name of a "
            f".wav file. Received: {samples.dtype}, shape {samples.shape}, rate {rate}."
        )
    wave = samples.astype(np.float64)
    if samples.dtype.kind in "iu":  # 8 bits are unsigned
        limits = np.iinfo(samples.dtype)
        wave = (wave - (limits.max + 1) // 2 * (limits.min == 0)) / (limits.max + 1)
    wave = wave.mean(axis=1) if wave.ndim == 2 else wave
    size, hop = round(FRAME * rate), max(1, round(HOP * rate))
    if len(wave) < size or size < 2:
        raise ArgumentError(
            f"`sound` must be {FRAME * 1000:g} ms at least, {size} samples at a rate of {rate}. "
            f"Received: {len(wave)} samples."
        )
    frames = np.lib.stride_tricks.sliding_window_view(wave, size)[::hop]
    transform = 1 << (size - 1).bit_length()
    power = np.abs(np.fft.rfft(frames * np.hanning(size), transform)) ** 2
    bands = mel_bands(mels, transform, rate)
    found: FloatArray = np.log(np.maximum(power @ bands, _QUIET)).astype(np.float32)
    return found


def mel_bands(mels: int, transform: int, rate: int) -> DoubleArray:
    """Return the weight of each frequency in each band, a triangle: (transform / 2 + 1, mels)."""
    highest = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, highest, mels + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(transform, 1 / rate)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (frequencies - low) / (middle - low), (high - frequencies) / (high - middle)
    bands: DoubleArray = np.maximum(0, np.minimum(rising, falling))
    return bands


def _read_wav(path: StrPath) -> tuple[int, AnyArray]:
    with naming_extras("Reading a .wav file"):
        from scipy.io import wavfile
    with wrap_read_errors(f"The sound '{path}'"), warnings.catch_warnings():
        warnings.simplefilter("ignore", wavfile.WavFileWarning)  # of chunks that are no samples
        rate, samples = wavfile.read(path)
    return int(rate), samples
