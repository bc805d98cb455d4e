"""The compiled part of the tokenizer: bytes of text to counts and ids, on all processors.

kernels.py        the loops over bytes
case_folding.py   which characters separate words, and how letters are lower-cased
vocabulary.py     the words found so far, as one buffer and a hash table
word_counts.py    how often each word occurs, and in how many documents
word_ids.py       ids by falling frequency, and the look-up of a word's id
"""
