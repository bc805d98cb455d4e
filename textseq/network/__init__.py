"""Networks: from ids to predictions. The recurrent network, and the linear model beside it.

cells/, pooling/, embeddings.py, heads.py    the parts, by name: in Keras and in NumPy
model.py, model_weights.py                   parts put together in Keras; weights by name
standard_model.py, standard_ensemble.py      a trained network, and all of a model, of Keras's own
                                             layers
model_spec.py, keras_network.py              a specification; a trained network that Keras runs
fused_rnn.py, dropout.py                     Keras layers that train faster than Keras's own
training/                                    batches, gradient, optimizer, loop, checkpoints
inference/                                   the forward pass in NumPy
ngrams.py, linear.py                         hashed n-grams, and the linear model of them
ngram_sets.py, logistic_regression.py        what that is fitted to, and how
"""
