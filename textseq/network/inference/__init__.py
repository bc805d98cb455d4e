"""Prediction without Keras: the same networks in NumPy, and the gradient of one sentence."""
