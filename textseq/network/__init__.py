"""Ids or feature vectors to scores: the recurrent network and the linear model beside it.

cells.py, pooling.py, embeddings.py    the parts, by name
model.py, model_spec.py    parts put together
training/     batches, the compiled step, the optimizer, the loop, checkpoints
inference/    the forward pass in NumPy, and backpropagation through time
"""
