"""BLEU of encoder-decoders on Multi30k (German to English), and two tasks made by rules.

    python tests/benchmarks/translating.py multi30k [--test] [--seeds 0 1 2] [NAME=VALUE ...]
    python tests/benchmarks/translating.py rules

Needs ../shared/data/multi30k, or $TEXTSEQ_DATA. Figures are of the validation set, and with --test
of test2016 too; beside them the score of copying the source, and of the target of the training
source that shares most words. NAME=VALUE are settings, such as units=128. To measure a training by
itself, leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import ast
import os
import time
from pathlib import Path

import sacrebleu

from textseq.corpus.pairs import read_pairs
from textseq.seq2seq.config import Seq2SeqConfig
from textseq.seq2seq.examples import dates, sums
from textseq.seq2seq.fit import train_translator
from textseq.seq2seq.metrics import bleu_and_chrf, exact_match, nearest_targets

DATA = Path(os.environ.get("TEXTSEQ_DATA", "../shared/data")) / "multi30k"
SETS = {"val": "val", "test": "test_2016_flickr"}

METHODS = {
    "GRU, attention": ("attention", {}),
    "GRU, the last state": ("attention", {"attention": "last"}),
    "GRU, no attention": ("attention", {"attention": "none", "tied": False}),
    "SimpleRNN, attention": ("attention", {"cell": "simple_rnn"}),
    "SimpleRNN, no attention": ("textbook", {}),
}

RULES = {
    "dates": (dates, 10_000, {}),
    "sums": (sums, 10_000, {"analyzer": "whitespace"}),
}


def read(name):
    pairs = read_pairs(DATA / f"{name}.de", DATA / f"{name}.en")
    return pairs.sources.to_pylist(), pairs.targets.to_pylist()


def on_tokens(answers, targets):
    """Return BLEU as tutorials measure it on this set, whose texts are tokens already."""
    return sacrebleu.corpus_bleu(answers, [targets], tokenize="none", force=True).score


def say(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def measure(method, name, sources, targets, answers, *more):
    scores = bleu_and_chrf(answers, targets)
    say(method, name, f"{scores['bleu']:.2f}", f"{on_tokens(answers, targets):.2f}",
        f"{scores['chrf']:.1f}", *more)  # fmt: skip


def translate(arguments):
    training = read("train")
    sets = {name: read(file) for name, file in SETS.items() if name == "val" or arguments.test}
    say("method", "set", "BLEU", "on tokens", "chrF", "beam", "seed", "epochs", "s", "CPU s",
        "answering s")  # fmt: skip
    say(*["---"] * 11)
    model = None
    for method, (preset, settings) in METHODS.items():
        if arguments.only and arguments.only != method:
            continue
        for seed in arguments.seeds:
            own = {**settings, **arguments.settings, "seed": seed}
            config = Seq2SeqConfig.from_preset(preset, **own)
            began, used = time.perf_counter(), time.process_time()
            trained = train_translator(*training, config, validation_data=sets["val"])
            took = time.perf_counter() - began, time.process_time() - used
            model, epochs = trained.model, len(trained.histories[0]["loss"])
            if arguments.output:
                trained.save(arguments.output, force=True)
            for name, (sources, targets) in sets.items():
                for beam in (1, 4):
                    began = time.perf_counter()
                    answers = model.predict(sources, beam=beam)
                    measure(method, name, sources, targets, answers, beam, seed, epochs,
                            f"{took[0]:.0f}", f"{took[1]:.0f}",
                            f"{time.perf_counter() - began:.1f}")  # fmt: skip
            print(trained.histories[0].get("val_accuracy"), flush=True)
    for name, (sources, targets) in sets.items():
        measure("copy the source", name, sources, targets, sources)
        nearest = nearest_targets(model.source, *training, sources)
        measure("nearest source", name, sources, targets, nearest)


def rules(arguments):
    say("task", "pairs", "epochs", "seed", "exact match on 1,000 others", "s", "CPU s")
    say(*["---"] * 7)
    for name, (make, count, settings) in RULES.items():
        if arguments.only and arguments.only != name:
            continue
        for seed in arguments.seeds:
            own = {**settings, **arguments.settings, "seed": seed}
            config = Seq2SeqConfig.from_preset("characters", **own)
            pairs, others = make(count, seed=seed), make(2_000, seed=10_000 + seed)
            known = set(pairs[0])
            new = [pair for pair in zip(*others, strict=True) if pair[0] not in known][:1_000]
            sources, targets = map(list, zip(*new, strict=True))
            began, used = time.perf_counter(), time.process_time()
            trained = train_translator(*pairs, config)
            took = time.perf_counter() - began, time.process_time() - used
            right = exact_match(trained.model.predict(sources), targets, config)
            say(name, count, config.epochs, seed, f"{right:.2%}", f"{took[0]:.0f}",
                f"{took[1]:.0f}")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("multi30k", "rules"))
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE")
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--only")
    parser.add_argument("--output")
    arguments = parser.parse_args()
    pairs = (each.partition("=") for each in arguments.settings)
    arguments.settings = {name: _value(text) for name, _, text in pairs}
    (translate if arguments.task == "multi30k" else rules)(arguments)


def _value(text):
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


if __name__ == "__main__":
    main()
