"""`textseq translate`: train, evaluate, use and explain an encoder-decoder."""
