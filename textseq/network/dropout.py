"""Dropout (Srivastava et al. 2014) that costs next to nothing on a CPU.

Keras draws its mask from a counter-based generator, which on a CPU takes longer than the rest of a
training step. Here a value's position is hashed with the step's seed, in a few operations on whole
arrays that the compiler fuses with those around them.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

# The multipliers of MurmurHash3's finalizer (Appleby 2011), as the int32 with the same bits.
_FIRST, _SECOND = 0x85EBCA6B - 2**32, 0xC2B2AE35 - 2**32


@keras.saving.register_keras_serializable("textseq")
class Dropout(keras.Layer):  # type: ignore[misc]  # Keras is untyped
    """In training, set values to 0 at random, and scale up the others to keep the mean.

    Args:
        rate: The fraction of values to drop, from 0 to below 1.
        seed: The seed of the masks; None for a random one.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.seed = rate, seed
        self.seeds = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the inputs, in training with some of them dropped."""
        if not training or not self.rate:
            return inputs
        # The int32 that a fraction `rate` of all int32 is below.
        threshold = round(self.rate * 2**32) - 2**31
        kept = _uniform(ops.shape(inputs), self.seeds.next()) >= threshold
        return ops.where(kept, inputs / (1 - self.rate), ops.zeros_like(inputs))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the inputs."""
        return shape

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


def _uniform(shape: Any, seed: Any) -> Any:
    """Return int32 uniform over their range: a hash of each position and of the seed."""
    seed = ops.cast(seed, "int32")
    known = [axis for axis in shape if isinstance(axis, int)]
    size = math.prod(known) if len(known) == len(shape) else ops.prod(ops.stack([*shape]))
    of_step = _mixed(ops.multiply(seed[0], _SECOND) + seed[1])
    bits = ops.multiply(ops.arange(size, dtype="int32"), _FIRST) + of_step
    return ops.reshape(_mixed(bits), shape)


def _mixed(bits: Any) -> Any:
    """Return int32 of which each bit depends on all bits of the argument."""
    for shift, factor in ((16, _FIRST), (13, _SECOND)):
        bits = ops.multiply(_fold(bits, shift), factor)
    return _fold(bits, 16)


def _fold(bits: Any, shift: int) -> Any:
    """Return bits ^ (bits >> shift), filled with zeros and not with the sign."""
    shifted = ops.bitwise_and(ops.right_shift(bits, shift), 2 ** (32 - shift) - 1)
    return ops.bitwise_xor(bits, shifted)
