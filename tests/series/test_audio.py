"""Log-mel features: a tone is in its band, however the file has it."""

import numpy as np
import pytest
from scipy.io import wavfile

from textseq.errors import ArgumentError, ArtifactError
from textseq.series import SequenceClassifier
from textseq.series.audio import log_mel, mel_bands


def tone(pitch, rate=16_000, seconds=0.3):
    return 0.5 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("pitch", [300, 1000, 5000])
def test_a_tone_is_in_its_band(pitch):
    features = log_mel(tone(pitch), 16_000)
    assert features.dtype == np.float32
    centres = mel_bands(40, 512, 16_000).argmax(axis=0) * 16_000 / 512
    band = int(np.median(features.argmax(axis=1)))
    assert abs(centres[band] - pitch) <= 0.1 * pitch + 31.25


def test_bands_cover_all_frequencies_once():
    bands = mel_bands(20, 2048, 16_000)
    first, last = bands[:, 0].argmax() + 1, bands[:, -1].argmax()
    np.testing.assert_allclose(bands[first:last].sum(axis=1), 1, atol=1e-9)


@pytest.mark.parametrize(
    ("dtype", "scale"), [("int16", 32767), ("int32", 2**31 - 1), ("float32", 1)]
)
def test_a_file_is_its_samples(tmp_path, dtype, scale):
    samples = (tone(440) * scale).astype(dtype)
    wavfile.write(tmp_path / "a.wav", 16_000, samples)
    wavfile.write(tmp_path / "stereo.wav", 16_000, np.stack([samples, samples], axis=1))
    expected = log_mel(tone(440), 16_000)
    strong = expected > expected.max() - 10
    for name in ("a.wav", "stereo.wav"):
        np.testing.assert_allclose(log_mel(tmp_path / name)[strong], expected[strong], atol=0.02)


def test_eight_bits_are_unsigned(tmp_path):
    wavfile.write(tmp_path / "a.wav", 8_000, np.full(800, 128, np.uint8))
    assert (log_mel(str(tmp_path / "a.wav")) < -20).all()  # silence


def test_what_is_no_sound_is_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF....WAVE")
    with pytest.raises(ArtifactError, match="The sound '.*a.wav' cannot be read"):
        log_mel(tmp_path / "a.wav")
    with pytest.raises(ArtifactError, match="No such file"):
        log_mel(tmp_path / "b.wav")
    with pytest.raises(ArgumentError, match="25 ms at least, 400 samples.*Received: 399"):
        log_mel(np.zeros(399), 16_000)
    with pytest.raises(ArgumentError, match="rate None"):
        log_mel(np.zeros(3999))


def test_tones_are_told_apart():
    random = np.random.default_rng(0)
    pitches = np.array([220, 880] * 8)
    sounds = [
        log_mel(tone(p * random.uniform(0.9, 1.1), seconds=random.uniform(0.1, 0.3)), 16_000)
        for p in pitches
    ]
    classifier = SequenceClassifier(units=8, networks=1, epochs=60).fit(sounds[4:], pitches[4:])
    assert classifier.predict(sounds[:4]).tolist() == pitches[:4].tolist()
