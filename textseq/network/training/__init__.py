"""Training: from labelled ids to the weights of one network, or of several.

networks.py                         several networks, one after the other
loop.py, options.py                 epochs, early stopping, the learning rate
batches.py                          batches of documents of similar length
trainable.py                        what the loop asks of a network: loss and gradient of a batch
packed.py, packing.py               a network of textseq's own parts, without Keras
keras_trainable.py, train_step.py   one with parts that only Keras trains
optimizer.py, adam_kernels.py       Adam for tables of which a batch reads few rows
checkpoint.py                       the state on disk
observers.py                        who watches a training, and may end it
callbacks.py                        Keras's callbacks, as an observer
"""
