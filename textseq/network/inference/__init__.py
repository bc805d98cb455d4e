"""Prediction in NumPy, without Keras: the same networks, from the same weights.

numpy_network.py      the forward pass
fused_embedding.py    the embedding and a cell's input weights as one table
packed_sequence.py    documents of a batch without padding
"""
