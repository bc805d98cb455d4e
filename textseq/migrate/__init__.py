"""Files from elsewhere: tokenizers that Keras saved, and what any file contains.

keras.py     check a tokenizer that Keras saved
inspect.py   the kind, the contents and the soundness of a file or a model folder
"""
