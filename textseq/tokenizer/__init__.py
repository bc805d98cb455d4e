"""Text to ids and back, with Keras's names, ids and JSON.

tokenizer.py      `Tokenizer`, and reading one from JSON
fitted_words.py   what it learns: Keras's five tables of counts and ids
word_counts.py    counts of words, in Python or from the compiled part
analyzers.py      ways to split a text into tokens other than Keras's
words.py          Keras's rule for splitting texts; the hashing trick
keras_json.py     Keras's JSON, read with care
bag_of_words.py   documents as rows of word weights
decode.py         ids back to words
engine/           the compiled part
"""

from textseq.tokenizer.tokenizer import Tokenizer, tokenizer_from_json
from textseq.tokenizer.words import hashing_trick, text_to_word_sequence

__all__ = ["Tokenizer", "hashing_trick", "text_to_word_sequence", "tokenizer_from_json"]
