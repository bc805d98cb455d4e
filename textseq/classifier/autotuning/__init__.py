"""Find better settings in a given time: train with several, and keep the best model.

    texts, labels -> prepare, once -> trial 0: the defaults
                                   -> trials 1, 2, ...: other settings -> the rule -> the best model

Trial 0 is what `train_classifier` makes. What is returned is a model that was tried, itself, and
not one that was trained again. Another takes the place of the defaults only if it is better on the
validation texts by more than luck explains: `rule` has that rule, and `space` what is tried.

Which trials there are depends on the seed and on the results before, and not on the clock: it only
ends the search, and leaves out what would take longer than is left. So a number of trials repeats
exactly.

What another trial has trained already is used again: a network depends on all settings but the
linear model's and the number of networks, and the linear model on its own setting only.

tune.py     `autotune`, and the training of its trials
search.py   which trial comes next, which is kept, and when it is over
space.py    the settings and values that are tried
study.py    Optuna, which proposes settings and ends trials that lose early
rule.py     when a trial is better than the defaults
journal.py  the trials on disk
"""
