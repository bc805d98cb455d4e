"""Files from elsewhere: tokenizers that Keras saved, and what any file contains.

keras.py     read a tokenizer in any form that people have, and check it
word_index.py  a bare table of words and ids as a tokenizer
unpickle.py  a pickled tokenizer as plain data, without running it
inspect.py   the kind, the contents and the soundness of a file or a model folder
"""
