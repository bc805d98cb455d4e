"""Coming from Keras, and looking at what is there.

keras.py     what a saved Keras tokenizer holds, and how to use it here
inspect.py   what any file or folder of textseq holds, without loading it whole
"""
