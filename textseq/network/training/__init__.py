"""Training: from labelled ids to the weights of one network, or of several.

networks.py                       several networks, one after the other
loop.py, options.py               epochs, early stopping, the learning rate
batches.py                        batches of documents of similar length
train_step.py                     loss and gradient, compiled
optimizer.py, adam_kernels.py     Adam for tables of which a batch reads few rows
checkpoint.py                     the state on disk
callbacks.py                      Keras's callbacks
"""
