"""How many ids a tokenizer has: the rows of an embedding, and the width of one-hot rows."""

import math

from textseq.tokenizer.tokenizer import Tokenizer


def vocabulary_size(tokenizer: Tokenizer) -> int:
    """Return how many ids a fitted tokenizer has, the reserved 0 included.

    Example:
        >>> from textseq import Tokenizer
        >>> from textseq.tokenizer.vocabulary_size import vocabulary_size
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["no mountain high enough"])
        >>> vocabulary_size(tokenizer)
        5
    """
    known = tokenizer.size + 1
    return min(known, math.ceil(tokenizer.num_words or known))  # `num_words` may be a float
