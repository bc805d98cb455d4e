"""`textseq classify`: train a sentence classifier, measure it, use it, look into it."""
