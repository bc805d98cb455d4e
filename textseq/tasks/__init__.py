"""What tasks share, such as labelling sentences or words: a model on disk, settings, an estimator.

model_folder.py              a trained model as a folder of files that cannot run code
sparse_rows.py, four_bits.py large tables in it, in the least space that loses nothing
settings.py                  the settings that every network has
training.py                  several networks, trained one after the other; Ctrl-C keeps the best
network_weights.py           their weights in one mapping
estimator.py                 scikit-learn's arguments from settings
explanation.py               one document through a network, step by step
"""
