"""What is fuzzed: of each format valid files, how they are damaged, and who reads them."""

import gzip
import hashlib
import io
import json
import pickle
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import fuzz_mutations as mutations
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from fuzz_mutations import TRAP

from textseq import Tokenizer, read_corpus, word2vec
from textseq.classifier.model_folder import Artifact, save_artifact
from textseq.classifier.predictor import Predictor
from textseq.errors import TextseqError
from textseq.migrate.keras import check_migration
from textseq.sequences.files import holds_ids, load_sequences, save_sequences
from textseq.sequences.onehot_files import load_one_hot, save_one_hot
from textseq.sequences.sequences import Sequences

TEXTS = ["standing on the shoulder of giants", "ain't no mountain high enough", "", "거인 🙂 high"]
LABELS = ["a", "b", "a", "나"]
IDS = [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11], [], [12, 13, 10]]


class _Trap:
    """A pickle of this leaves a mark when it is loaded."""

    def __reduce__(self):
        return __import__, (TRAP,)


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Args:
        read: Reads a file of it; an error must be a TextseqError.
        seeds: Makes valid files in a folder, and returns their paths.
        mutate: Damages the bytes of one.
        hostile: Files that must be refused, which are damaged likewise.
    """

    read: Callable[[Path], object]
    seeds: Callable[[Path], list[Path]]
    mutate: Callable[..., bytes] = mutations.of_bytes
    hostile: dict[str, bytes] = field(default_factory=dict)


def _tokenizers():
    for settings in ({}, {"oov_token": "<oov>", "num_words": 5}, {"char_level": True},
                     {"analyzer": "words_and_marks", "min_count": 2}):  # fmt: skip
        tokenizer = Tokenizer(**settings)
        tokenizer.fit_on_texts(TEXTS)
        yield tokenizer


def _tokenizer_seeds(folder):
    paths = [folder / f"{i}.json" for i in range(4)]
    for path, tokenizer in zip(paths, _tokenizers(), strict=True):
        tokenizer.save(path)
    return paths


def _read_tokenizer(path):
    tokenizer = Tokenizer.load(path)
    tokenizer.texts_to_sequences(TEXTS)
    tokenizer.encode(TEXTS)
    tokenizer.sequences_to_texts(IDS)
    tokenizer.texts_to_matrix(TEXTS, "tfidf") if tokenizer.size < 100 else None
    return tokenizer.to_json()


def _pickle_seeds(folder):
    """Pickles of Keras's class, which need not be installed: what the readers see is its name."""
    plain = [{"word_index": {"high": 1}}, *(vars(_as_keras(t)) for t in _tokenizers())]
    paths = [folder / f"{i}.pickle" for i in range(6)]
    for path, (protocol, attributes) in zip(paths, enumerate([*plain, plain[1]]), strict=True):
        made = _KerasTokenizer()
        vars(made).update(attributes)
        old = f"{__name__}\n_KerasTokenizer\n".encode()
        data = pickle.dumps(made, min(protocol, 3))
        path.write_bytes(data.replace(old, b"keras.preprocessing.text\nTokenizer\n"))
    return paths


class _KerasTokenizer:
    """What is pickled in place of Keras's class."""


def _as_keras(tokenizer):
    made = _KerasTokenizer()
    tables = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    vars(made).update({name: tokenizer.table(name) for name in tables})
    made.word_counts, made.word_docs = OrderedDict(made.word_counts), defaultdict(int)
    for name in ("num_words", "filters", "lower", "split", "char_level", "oov_token"):
        setattr(made, name, getattr(tokenizer, name))
    made.document_count, made.analyzer = tokenizer.document_count, None
    return made


def _read_pickle(path):
    return check_migration(path, TEXTS).tokenizer.to_json()


def _ids_seeds(suffix):
    def seeds(folder):
        sequences = Sequences.from_lists(IDS * 3)
        paths = [folder / f"{i}{suffix}" for i in range(3)]
        save_sequences(paths[0], sequences, LABELS * 3)
        save_sequences(paths[1], sequences)
        save_sequences(paths[2], Sequences.from_lists([[5] * 3000, [2**31 - 1]]), ["x", "y"])
        return paths

    return seeds


def _parquet_seeds(columns):
    """Files without checksums, in whose pages damage is not found before they are decoded."""

    def seeds(folder):
        paths = []
        for compression in ("none", "snappy", "zstd", "gzip"):
            for dictionary in (True, False):
                for version in ("1.0", "2.0"):
                    paths.append(folder / f"{compression}{dictionary}{version}.parquet")
                    pq.write_table(
                        pa.table(columns),
                        paths[-1],
                        compression=compression,
                        use_dictionary=dictionary,
                        data_page_version=version,
                        store_schema=version == "1.0",
                    )
        return paths

    return seeds


def _parquet_ids_seeds(folder):
    lists = pa.array(IDS * 3, pa.list_(pa.int32()))
    whole = _parquet_seeds({"ids": lists, "label": pa.array(LABELS * 3)})(folder)
    return whole + _ids_seeds(".parquet")(folder)


def _read_ids(path):
    holds_ids(path)
    return load_sequences(path)


def _npz(**arrays):
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    return packed.getvalue()


def _one_hot_seeds(suffix):
    def seeds(folder):
        paths = [folder / f"{i}{suffix}" for i in range(2)]
        save_one_hot(paths[0], Sequences.from_lists(IDS), 14)
        save_one_hot(paths[1], Sequences.from_lists([[1]]), 2)
        return paths

    return seeds


def _vector_seeds(suffix):
    def seeds(folder):
        vectors = word2vec.KeyedVectors(4) if hasattr(word2vec, "KeyedVectors") else None
        if vectors is None:
            from gensim.models import KeyedVectors

            vectors = KeyedVectors(4, dtype=np.float32)
        words = ["high", "enough", "거인", "🙂"]
        vectors.add_vectors(words, np.arange(16, dtype=np.float32).reshape(4, 4) / 7)
        path = folder / f"a{suffix}"
        word2vec.save(vectors, path)
        if suffix == ".bin":
            return [path]
        text = b"".join(b"w%d 0.5 -1e-3 2\n" % i for i in range(6))  # as GloVe has it
        glove = folder / f"b{suffix}"
        glove.write_bytes(gzip.compress(text) if suffix.endswith(".gz") else text)
        return [path, glove]

    return seeds


def _read_vectors(path):
    vectors = word2vec.load(path)
    return vectors.get_vector(vectors.index_to_key[0])


def _model_seeds(folder):
    """Small models, packed as JSON of their files' bytes."""
    random, paths = np.random.default_rng(0), []
    parts = [("learned", "simple_rnn", "last", 1), ("onehot", "gru", "attention", 2),
             ("ngrams", "lstm", "max", 2)]  # fmt: skip
    for i, (embedding, cell, pooling, directions) in enumerate(parts):
        tokenizer = Tokenizer()
        tokenizer.fit_on_texts(TEXTS)
        vocabulary, dimension, units, gates = tokenizer.size + 1, 3, 2, (1, 3, 4)[i]
        shapes = {"output.kernel": (units * directions, 2), "output.bias": (2,)}
        if embedding != "onehot":
            rows = vocabulary + (8 if embedding == "ngrams" else 0)
            shapes["embedding.embeddings"] = (rows, dimension)
        for name in ("forward", "backward")[:directions]:
            inputs = vocabulary if embedding == "onehot" else dimension
            shapes[f"{name}.kernel"] = (inputs, gates * units)
            shapes[f"{name}.recurrent_kernel"] = (units, gates * units)
            shapes[f"{name}.bias"] = (2, gates * units) if cell == "gru" else (gates * units,)
        if pooling == "attention":
            summary = units * directions
            shapes |= {"pooling.kernel": (summary, summary)}
            shapes |= {"pooling.bias": (summary,), "pooling.context": (summary,)}
        config = {
            "embedding": embedding, "cell": cell, "pooling": pooling, "units": units,
            "dimension": dimension, "vocabulary": vocabulary, "bidirectional": directions == 2,
            "classes": ["a", "b"], "maxlen": 5, "ngrams": 2, "buckets": 8, "temperature": 1.5,
            "epochs": 3, "dropout": 0.1, "vector_dropout": 0.1, "word_dropout": 0.0, "seed": 0,
            "class_weight": [["a", 2]], "networks": 1, "linear": 0, "analyzer": None,
            "vectors": None, "tokenizer_given": False,
        }  # fmt: skip
        one = {k: random.normal(size=v).astype(np.float32) for k, v in shapes.items()}
        weights = {f"1.{name}": weight for name, weight in one.items()}
        metrics = {"histories": [{"loss": [0.5, 0.4]}]}
        if embedding == "learned":  # two networks and a linear model
            weights |= {f"2.{name}": weight.copy() for name, weight in one.items()}
            weights["linear.table"] = random.normal(size=(vocabulary + 8, 1)).astype(np.float16)
            weights["linear.bias"] = np.zeros(1, np.float32)
            config |= {"networks": 2, "linear": 2}
            metrics |= {
                "histories": metrics["histories"] * 2,
                "validation": {"networks": [0.5, 0.6], "linear": 0.5, "together": 0.6},
            }
        artifact = Artifact(config, tokenizer, weights, metrics)
        save_artifact(folder / str(i), artifact)
        files = {file.name: file.read_bytes() for file in (folder / str(i)).iterdir()}
        paths.append(folder / f"{i}.model")
        paths[-1].write_bytes(_packed(files))
    return paths


def _packed(files):
    return json.dumps({name: data.decode("latin-1") for name, data in files.items()}).encode()


def _mutate_model(random, data, others=()):
    """Damage one file of a model, and mostly mend the checksums, as an attacker would."""
    files = {name: text.encode("latin-1") for name, text in json.loads(data).items()}
    name = random.choice(sorted(files))
    how = mutations.of_safetensors if name.endswith(".safetensors") else mutations.of_json
    files[name] = how(random, files[name])
    if random.random() < 0.9:
        _sign(files)
    if random.random() < 0.02:
        del files[name]
    return _packed(files)


def _sign(files):
    try:
        config = json.loads(files["config.json"])
        sums = config.pop("sha256")
        sums |= {k: hashlib.sha256(v).hexdigest() for k, v in files.items() if k != "config.json"}
        text = json.dumps(config, sort_keys=True).encode()
        sums["config.json"] = hashlib.sha256(text).hexdigest()
        files["config.json"] = json.dumps({**config, "sha256": sums}).encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return


def _read_model(path):
    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    for name in ("config.json", "tokenizer.json", "weights.safetensors", "metrics.json"):
        (folder / name).unlink(missing_ok=True)
    for name, text in json.loads(path.read_bytes()).items():
        (folder / name).write_bytes(text.encode("latin-1"))
    if not hasattr(_read_model, "classifier"):
        from textseq.classifier import SentenceClassifier

        _read_model.classifier = SentenceClassifier
    errors = []
    for load in (Predictor.load, _read_model.classifier.load):
        try:
            load(folder).predict_proba(TEXTS)
        except Exception as error:  # noqa: BLE001  (the other one is tried as well)
            errors.append(error)
    for error in sorted(errors, key=lambda error: isinstance(error, TextseqError)):
        raise error


def _corpus_seeds(name, *contents):
    def seeds(folder):
        suffix = "".join(Path(name).suffixes)
        paths = [folder / f"{i}{suffix}" for i in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        return paths

    return seeds


def _read_texts(path):
    return [len(batch) for batch in read_corpus(path).batches()]


_TABLE = 'label,text\na,"ain\'t ""no"" mountain"\nb,high enough\r\n나,"two\nlines, 거인"\n'.encode()
_TSV = "id\tdocument\tlabel\n1\t좋아요\t1\n2\thigh\t0\n".encode()
_JSONL = """{"text": "high", "label": "a"}
{"text": "거인 \\u0041", "label": 1}

{"label": true, "text": ""}
""".encode()
_PLAIN = "standing on the shoulder\n\r\n거인 🙂\nend".encode()
_TEXT_TABLE = {"text": pa.array(TEXTS * 3), "label": pa.array(LABELS * 3).dictionary_encode()}
_PICKLE = pickle.dumps(_Trap())

FORMATS = {
    "tokenizer.json": Format(
        _read_tokenizer, _tokenizer_seeds, mutations.of_json, {"pickle.json": _PICKLE}
    ),
    "tokenizer.pickle": Format(
        _read_pickle, _pickle_seeds, mutations.of_pickle, {"trap.pickle": _PICKLE}
    ),
    "ids.parquet": Format(_read_ids, _parquet_ids_seeds, mutations.of_parquet),
    "ids.npz": Format(
        _read_ids,
        _ids_seeds(".npz"),
        mutations.of_zip,
        {"objects.npz": _npz(ids=np.array([_Trap()], object), offsets=np.array([0, 1]))},
    ),
    "ids.jsonl": Format(_read_ids, _ids_seeds(".jsonl"), mutations.of_json_lines),
    "onehot.npz": Format(load_one_hot, _one_hot_seeds(".npz"), mutations.of_zip),
    "onehot.npy": Format(
        load_one_hot,
        _one_hot_seeds(".npy"),
        mutations.of_npy,
        {
            "pickle.npy": b"\x93NUMPY\x01\0\x3a\0"
            b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }" + _PICKLE
        },
    ),
    "vectors.bin": Format(
        _read_vectors, _vector_seeds(".bin"), mutations.of_bytes, {"pickle.bin": _PICKLE}
    ),
    "vectors.txt": Format(_read_vectors, _vector_seeds(".txt")),
    "vectors.vec.gz": Format(_read_vectors, _vector_seeds(".vec.gz"), mutations.of_gzip),
    "model": Format(_read_model, _model_seeds, _mutate_model),
    "corpus.csv": Format(_read_texts, _corpus_seeds("a.csv", _TABLE)),
    "corpus.tsv": Format(_read_texts, _corpus_seeds("a.tsv", _TSV)),
    "corpus.jsonl": Format(_read_texts, _corpus_seeds("a.jsonl", _JSONL), mutations.of_json_lines),
    "corpus.txt": Format(
        _read_texts, _corpus_seeds("a.txt", _PLAIN, b"__label__a high\n__label__b low\n", _TSV)
    ),
    "corpus.txt.gz": Format(
        _read_texts, _corpus_seeds("a.txt.gz", gzip.compress(_PLAIN)), mutations.of_gzip
    ),
    "corpus.parquet": Format(_read_texts, _parquet_seeds(_TEXT_TABLE), mutations.of_parquet),
}
