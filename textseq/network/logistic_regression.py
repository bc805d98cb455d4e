"""Logistic regression on sets of n-grams, compiled, by coordinate descent in the dual.

The feature of n-gram g is a factor r_g times how often the text's columns hold it. Text i, of the
side y_i = 1 or -1 and the cost C_i, is given the logit z_i by weights w and b that minimize

    |w|^2 / 2 + b^2 / 2 + sum over i of C_i log(1 + exp(-y_i z_i)),
    z_i = b + sum over distinct g in text i of r_g w_g

The dual problem has a variable a_i between 0 and C_i for each text, and
w_g = r_g times the sum of y_i a_i over the texts that contain g. A pass visits the texts in random
order and minimizes by one a_i at a time, with Newton's method (Yu, Huang and Lin 2011, "Dual
coordinate descent methods for logistic regression and maximum entropy models", algorithm 5, as in
LIBLINEAR, which converges to the same weights). Only the products r_g w_g are kept, so that
no value is stored for each n-gram of each text, and a step adds a number of times r_g^2 to them.
"""

from __future__ import annotations

import math

import numpy as np

from textseq.compute.compiled import compiled
from textseq.network.arrays import BoolArray, DoubleArray, FloatArray, Int32Array, IntArray
from textseq.network.ngram_sets import NgramSets

TOLERANCE = 0.02
"""Passes end when one has moved the dual variables by less than this share of their sum: after four
to nine, where LIBLINEAR's own tolerance takes up to 100. On validation texts, these do not pay."""

MAX_PASSES = 100

FIRST_VARIABLE = 1e-8
"""Where a dual variable starts, or at a thousandth of its cost: 0 has no logarithm."""

NEWTON_STEPS, COARSE, FINE = 100, 1e-2, 1e-8
"""Of one variable: the number of Newton's steps at most, and the gradient that ends them, at first
and at last."""


def fit_logistic_regression(
    sets: NgramSets, factors: FloatArray, inside: BoolArray, costs: DoubleArray, seed: int
) -> tuple[FloatArray, float]:
    """Return what each n-gram adds to the logit, r_g w_g: float32, (columns,); and the bias.

    Args:
        sets: The n-grams of each text.
        factors: r of each n-gram: (columns,).
        inside: Whether the side of each text is 1: (documents,).
        costs: C of each text, 0 or more: (documents,).
        seed: Seed of the order of the texts.

    Example:
        >>> import numpy as np
        >>> from textseq.network.logistic_regression import fit_logistic_regression
        >>> from textseq.network.ngram_sets import NgramSets
        >>> columns, offsets = np.array([0, 1, 0], "int32"), np.array([0, 1, 2, 3])
        >>> sets = NgramSets(columns, offsets, rows=np.array([7, 9], "int32"))
        >>> factors, inside = np.ones(2, "float32"), np.array([True, False, True])
        >>> weights, bias = fit_logistic_regression(sets, factors, inside, np.ones(3), seed=0)
        >>> [round(float(w), 1) for w in weights], round(bias, 1)
        ([0.6, -0.4], 0.2)
    """
    # Beside each other in memory, since they are read together, and not in order.
    state = np.zeros((len(factors), 2), np.float32)
    state[:, 1] = factors * factors
    signs = np.where(inside, 1.0, -1.0)
    norms, dual, bias = np.empty(len(costs)), np.empty((len(costs), 2)), np.zeros(1)
    _start(sets.columns, sets.offsets, signs, costs, state, norms, dual, bias)
    random, precision = np.random.default_rng(seed), COARSE
    for _ in range(MAX_PASSES):
        order = random.permutation(len(costs))
        moved, steps = _pass(
            order, sets.columns, sets.offsets, signs, state, norms, dual, bias, precision
        )
        # A pass also moves little where the gradients that it is content with are large.
        if moved <= TOLERANCE * dual[:, 0].sum() and precision <= TOLERANCE:
            break
        if steps <= len(costs) / 10:
            precision = max(FINE, 0.1 * precision)
    return state[:, 0], float(bias[0])


@compiled
def _start(
    columns: Int32Array,
    offsets: IntArray,
    signs: DoubleArray,
    costs: DoubleArray,
    state: FloatArray,
    norms: DoubleArray,
    dual: DoubleArray,
    bias: DoubleArray,
) -> None:
    """Fill the squared norm of each text's features, and the variables near 0: a and C - a."""
    times = np.zeros(len(state), np.int32)
    for i in range(len(costs)):
        norm = 1.0
        for column in columns[offsets[i] : offsets[i + 1]]:
            norm += (2 * times[column] + 1) * state[column, 1]  # (k + 1)^2 - k^2
            times[column] += 1
        times[columns[offsets[i] : offsets[i + 1]]] = 0
        norms[i] = norm
        dual[i, 0] = min(1e-3 * costs[i], FIRST_VARIABLE)
        dual[i, 1] = costs[i] - dual[i, 0]
        _add(columns[offsets[i] : offsets[i + 1]], signs[i] * dual[i, 0], state, bias)


@compiled
def _pass(
    order: IntArray,
    columns: Int32Array,
    offsets: IntArray,
    signs: DoubleArray,
    state: FloatArray,
    norms: DoubleArray,
    dual: DoubleArray,
    bias: DoubleArray,
    precision: float,
) -> tuple[float, int]:
    """Minimize by each variable once; return by how much they moved, and the Newton steps taken."""
    moved, steps = 0.0, 0
    for n in range(len(order)):
        i = order[n]
        cost = dual[i, 0] + dual[i, 1]
        if cost <= 0:
            continue
        features = columns[offsets[i] : offsets[i + 1]]
        logit = bias[0]
        for j in range(len(features)):
            logit += state[features[j], 0]
        slope = signs[i] * logit
        # Of a and C - a, the one that ends up smaller: that near 0 has all its digits.
        near = 0 if norms[i] * (dual[i, 1] - dual[i, 0]) / 2 + slope >= 0 else 1
        if near:
            slope = -slope
        value, taken = _minimize(dual[i, near], cost, norms[i], slope, precision)
        if taken:
            change = value - dual[i, near]
            dual[i, near], dual[i, 1 - near] = value, cost - value
            moved += abs(change)
            steps += taken
            _add(features, -signs[i] * change if near else signs[i] * change, state, bias)
    return moved, steps


@compiled
def _minimize(
    start: float, cost: float, norm: float, slope: float, precision: float
) -> tuple[float, int]:
    """Return the z of the least z log z + (C - z) log(C - z) + norm/2 (z - start)^2 + slope z.

    And the number of Newton's steps, 0 where `start` is near enough.
    """
    value = start if cost - start >= cost / 2 else 0.1 * start
    taken = 0
    gradient = norm * (value - start) + slope + math.log(value / (cost - value))
    while abs(gradient) >= precision and taken <= NEWTON_STEPS:
        step = value - gradient / (norm + cost / (cost - value) / value)
        value = step if step > 0 else 0.1 * value
        gradient = norm * (value - start) + slope + math.log(value / (cost - value))
        taken += 1
    return value, taken


@compiled
def _add(features: Int32Array, change: float, state: FloatArray, bias: DoubleArray) -> None:
    """Add a text's features, times a change of its variable, to the weights and the bias."""
    factor = np.float32(change)
    for j in range(len(features)):
        state[features[j], 0] += factor * state[features[j], 1]
    bias[0] += change
