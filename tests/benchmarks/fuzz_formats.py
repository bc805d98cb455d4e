"""What is fuzzed: of each format valid files, how they are damaged, and who reads them."""

import contextlib
import gzip
import hashlib
import io
import json
import pickle
import struct
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
from textseq.classifier.compress_folder import compress
from textseq.classifier.explain import explain
from textseq.classifier.model_folder import FORMAT, Artifact, save_artifact
from textseq.classifier.prediction_files import open_predictions, read_predictions
from textseq.classifier.predictions import PredictionColumns, Predictions
from textseq.classifier.predictor import Predictor
from textseq.errors import TextseqError
from textseq.migrate.inspect import inspect_artifact
from textseq.migrate.keras import check_migration
from textseq.sequences.files import holds_ids, load_sequences, save_sequences
from textseq.sequences.onehot_files import load_one_hot, save_one_hot
from textseq.sequences.sequences import Sequences
from textseq.tasks.four_bits import round_rows
from textseq.tokenizer.analyzers import SUBWORDS

TEXTS = ["standing on the shoulder of giants", "ain't no mountain high enough", "", "거인 🙂 high"]
LABELS = ["a", "b", "a", "나"]
SEVERAL = [["a", "나"], [], ["b"], ["a", "b", "나"]]
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


def _subwords():
    for analyzer in SUBWORDS:
        tokenizer = Tokenizer(analyzer=analyzer, vocab_size=40)
        tokenizer.fit_on_texts(TEXTS)
        yield tokenizer


def _tokenizer_seeds(folder):
    """Layouts of Keras, in a JSON string too, and a bare word_index."""
    made = [*_tokenizers(), *_subwords()]
    contents = [tokenizer.to_json() for tokenizer in made]
    contents += [json.dumps(content) for content in contents]
    contents.append(json.dumps(made[0].word_index))
    paths = [folder / f"{i}.json" for i in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(content)
    return paths


def _of_tokenizer(random, data, others=()):
    """Change a setting, a table or a piece, in most cases below the object of settings."""
    if random.random() < 0.5:
        return mutations.of_json(random, data, others)
    layout = json.loads(data)
    packed = isinstance(layout, str)
    layout = json.loads(layout) if packed else layout
    ours = layout.get("textseq", {})
    if "subwords" in ours and random.random() < 0.5:
        ours["subwords"] = mutations.of_json(random, ours["subwords"].encode()).decode("latin-1")
    elif "config" in layout:
        layout["config"] = mutations.of_tree(random, layout["config"])
    text = json.dumps(layout)
    return (json.dumps(text) if packed else text).encode()


def _inspected(read):
    """Return a reader that inspects the file too, by its content, as the command does."""

    def both(path):
        with contextlib.suppress(TextseqError):
            inspect_artifact(path)
        return read(path)

    return both


def _read_tokenizer(path):
    try:
        tokenizer = Tokenizer.load(path)
    except TextseqError:  # what is adopted need not be what is read
        tokenizer = check_migration(path, TEXTS).tokenizer
    tokenizer.texts_to_sequences(TEXTS)
    tokenizer.encode(TEXTS)
    tokenizer.sequences_to_texts(IDS)
    if tokenizer.document_count and tokenizer.size < 100:
        tokenizer.texts_to_matrix(TEXTS, "tfidf")
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
        paths = [folder / f"{i}{suffix}" for i in range(4)]
        save_sequences(paths[0], sequences, LABELS * 3)
        save_sequences(paths[1], sequences)
        save_sequences(paths[2], Sequences.from_lists([[5] * 3000, [2**31 - 1]]), ["x", "y"])
        save_sequences(paths[3], sequences, SEVERAL * 3)
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
                "data": {"texts": 9, "labels": [["a", 5], ["b", 4]], "files": ["a.csv"]},
            }
        if embedding == "ngrams":  # compressed, some rows left out
            weights["1.embedding.embeddings"] = round_rows(weights["1.embedding.embeddings"])
            weights["1.embedding.embeddings"][-3:] = 0
        artifact = Artifact(config, tokenizer, weights, metrics)
        save_artifact(folder / str(i), artifact)
        # Not the card, which has no checksum, and which nothing reads.
        files = {file.name: file.read_bytes() for file in FORMAT.files(folder / str(i))}
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
    files = json.loads(path.read_bytes())
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("latin-1"))
    if not hasattr(_read_model, "classifier"):
        from textseq.classifier import SentenceClassifier

        _read_model.classifier = SentenceClassifier
    errors = []
    loads = (
        lambda folder: Predictor.load(folder).predict_proba(TEXTS),
        lambda folder: _read_model.classifier.load(folder).predict_proba(TEXTS),
        lambda folder: explain(Predictor.load(folder), TEXTS[0]),
        lambda folder: compress(folder, folder.with_suffix(".small"), force=True),
        lambda folder: _read_model.classifier.from_config(folder / "config.json"),
        inspect_artifact,
        *(lambda folder, name=name: inspect_artifact(folder / name) for name in files),
    )
    for load in loads:
        try:
            load(folder)
        except Exception as error:  # noqa: BLE001  (the other one is tried as well)
            errors.append(error)
    for error in sorted(errors, key=lambda error: isinstance(error, TextseqError)):
        raise error


def _network_state():
    from textseq.network.training.checkpoint import State
    from textseq.network.training.optimizer import LazyAdam

    optimizer = LazyAdam(np.ones(5, np.float32), np.ones((4, 2), np.float32), momentum=0.9)
    return State(optimizer, [np.arange(3, dtype=np.uint32), np.ones(2, np.float32)])


_NETWORK = {"output.kernel": (2, 2), "output.bias": (2,)}
_FINGERPRINT = {"units": 4, "embedding": "learned", "training texts": "ab" * 32, "clip": None}


def _network_checkpoint_seeds(folder):
    from textseq.network.training import checkpoint

    paths = []
    for i in range(2):
        state = _network_state()
        state.epoch, state.optimizer.step, state.best_score = 2, 7, 0.5
        state.history = {"loss": [0.5, 0.4], "val_accuracy": [0.5, 0.6]}
        if i:
            state.best = {name: np.ones(shape, np.float32) for name, shape in _NETWORK.items()}
        checkpoint.save(folder / str(i), state, _FINGERPRINT)
        paths.append(folder / f"{i}.safetensors")
        paths[-1].write_bytes((folder / str(i) / checkpoint.FILE).read_bytes())
    return paths


def _read_network_checkpoint(path):
    from textseq.network.training import checkpoint

    folder, state = path.with_suffix(""), _network_state()
    folder.mkdir(exist_ok=True)
    (folder / checkpoint.FILE).write_bytes(path.read_bytes())
    checkpoint.resume(folder, state, _FINGERPRINT, _NETWORK)
    with np.errstate(all="ignore"):
        state.optimizer.averaged()
        state.optimizer.update(1e-3, np.ones(5, np.float32))


_WEIGHTS = {"vectors": (4, 3), "syn1neg": (4, 3)}


def _vector_checkpoint_seeds(folder):
    from textseq.word2vec import checkpoint

    weights = {name: np.ones(shape, np.float32) for name, shape in _WEIGHTS.items()}
    checkpoint.save(folder / "saved", weights, _FINGERPRINT, 2)
    path = folder / "a.safetensors"
    path.write_bytes((folder / "saved" / checkpoint.FILE).read_bytes())
    return [path]


def _read_vector_checkpoint(path):
    from textseq.word2vec import checkpoint

    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    (folder / checkpoint.FILE).write_bytes(path.read_bytes())
    weights = {name: np.ones(shape, np.float32) for name, shape in _WEIGHTS.items()}
    return checkpoint.resume(folder, weights, _FINGERPRINT)


def _fasttext_seeds(folder):
    """Files of gensim's with n-grams, with short ones and without, and one with a label in it."""
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    paths = [folder / f"{i}.bin" for i in range(4)]
    for path, (shortest, longest) in zip(paths, [(3, 6), (1, 2), (0, 0)], strict=False):
        words = [["높은", "mountain", "high", "</s>"]] * 5
        lengths = {"min_n": shortest, "max_n": longest, "bucket": 20 * (longest > 0)}
        save_facebook_model(FastText(words, vector_size=4, min_count=1, **lengths), str(path))
    data = paths[0].read_bytes()
    counts, entry = _FASTTEXT_COUNTS, data.index("높은".encode())
    label = b"__label__\0" + struct.pack("<qb", 1, 1)
    paths[3].write_bytes(
        data[:counts]
        + struct.pack("<3i", 5, 4, 1)
        + data[counts + 12 : entry]
        + label
        + data[entry:]
    )
    return paths


_FASTTEXT_COUNTS = 8 + 12 * 4 + 8
"""The bytes of fastText's settings, before the counts of its dictionary."""


def _mutate_fasttext(random, data, others=()):
    """Damage bytes, or set a number of the settings, the counts or the matrix to another."""
    if random.random() < 0.5:
        return mutations.of_bytes(random, data, others)
    changed = bytearray(data)
    matrix = max(data.find(struct.pack("<?q", False, rows)) + 1 for rows in (4, 24))
    places = [(4 * i, "<i") for i in range(1, 14)] + [(_FASTTEXT_COUNTS, "<i")]
    places += [
        (_FASTTEXT_COUNTS + 20, "<q"),
        (matrix - 1, "<b"),
        (matrix, "<q"),
        (matrix + 8, "<q"),
    ]
    for place, layout in random.sample(places, random.randint(1, 2)):
        (value,) = struct.unpack_from(layout, data, place)
        limit = 1 << 8 * struct.calcsize(layout) - 1
        drawn = random.choice(
            [0, 1, -1, limit - 1, -limit, value + random.choice([-1, 1]), value * 2]
        )
        struct.pack_into(layout, changed, place, min(max(drawn, -limit), limit - 1))
    return bytes(changed)


def _read_fasttext(path):
    """Open a file, and read of it what every use reads."""
    vectors = word2vec.load(path)
    words = [*vectors.index_to_key[:5], "unheard", "높", "", "👩‍👩‍👧"]
    known = [word for word in words if word in vectors]
    vectors[known]
    vectors.most_similar(known[:1], known[1:2])
    assert dict(vectors.key_to_index)
    with contextlib.suppress(TextseqError):
        word2vec.similarity(vectors, known[0], "unheard")
    word2vec.save(vectors, path.with_suffix(".saved.bin"), force=True)
    word2vec.load(path.with_suffix(".saved.bin"))


def _read_judgements(path):
    from textseq.word2vec import benchmarks

    analogies = benchmarks.holds_analogies(path)
    return benchmarks.analogy_sections(path) if analogies else benchmarks.word_pairs(path)


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


def _read_several(path):
    return read_corpus(path, label_separator=",").labels()


def _predictions_seeds(suffix):
    def seeds(folder):
        paths = [folder / f"{i}{suffix}" for i in range(2)]
        probabilities = np.linspace(0, 1, 12, dtype=np.float32).reshape(4, 3)
        for path, thresholds in zip(paths, (None, (0.5, 0.5, 0.5)), strict=True):
            columns = PredictionColumns(top=2, proba=True, thresholds=thresholds)
            with open_predictions(path, columns) as write:
                write(Predictions(probabilities, ["a", "b", "나"], columns))
        return paths

    return seeds


def _read_predictions(path):
    return [batch.to_pylist() for batch in read_predictions(path)]


_TABLE = 'label,text\na,"ain\'t ""no"" mountain"\nb,high enough\r\n나,"two\nlines, 거인"\n'.encode()
_TSV = "id\tdocument\tlabel\n1\t좋아요\t1\n2\thigh\t0\n".encode()
_JSONL = """{"text": "high", "label": "a"}
{"text": "거인 \\u0041", "label": 1}

{"label": true, "text": ""}
""".encode()
_LISTS = b"""{"text": "high", "labels": ["a", 1, null, true]}
{"text": "low", "labels": []}
{"text": "", "labels": "a, b"}
"""
_CELLS = b"text;labels\nhigh;a, b\nlow;\nend;['a', 'b']\n"
_SEVERAL_TABLE = {"text": pa.array(TEXTS * 3), "labels": pa.array(SEVERAL * 3)}
_REPEATED = "__label__a __label__나 high\n__label__b,c low\n".encode()
_PLAIN = "standing on the shoulder\n\r\n거인 🙂\nend".encode()
_TEXT_TABLE = {"text": pa.array(TEXTS * 3), "label": pa.array(LABELS * 3).dictionary_encode()}
_PICKLE = pickle.dumps(_Trap())
_SEMICOLONS = 'label;text\na;high\nb;"거인; high"\n'.encode()
_HEADLESS = "Wow.\t1\nCrust bad.\t0\nSo nasty.\t0\n거인\t1\n".encode()
_DOCUMENTS = (
    b'[{"text": "high", "label": "a"}, {"text": "low", "label": 1}]',
    b'["high", "low"]',
    b'{"text": {"0": "high", "1": "low"}, "label": {"0": 1, "1": 2}}',
    b'{"columns": ["text", "label"], "data": [["high", 1], ["low", 2]]}',
    b'{"text": ["high", "low"], "label": ["a", "b"]}',
    b'{"text": ["high", "low"], "label": [["a", "b"], []]}',
)
_PAIRS = "high\t거인\t3.5\nlow\tenough\t0\n".encode()
_ANALOGIES = b": capitals\nking man woman queen\nhigh low good bad\n"

FORMATS = {
    "tokenizer.json": Format(
        _inspected(_read_tokenizer), _tokenizer_seeds, _of_tokenizer, {"pickle.json": _PICKLE}
    ),
    "tokenizer.pickle": Format(
        _inspected(_read_pickle), _pickle_seeds, mutations.of_pickle, {"trap.pickle": _PICKLE}
    ),
    "ids.parquet": Format(_inspected(_read_ids), _parquet_ids_seeds, mutations.of_parquet),
    "ids.npz": Format(
        _inspected(_read_ids),
        _ids_seeds(".npz"),
        mutations.of_zip,
        {"objects.npz": _npz(ids=np.array([_Trap()], object), offsets=np.array([0, 1]))},
    ),
    "ids.jsonl": Format(_inspected(_read_ids), _ids_seeds(".jsonl"), mutations.of_json_lines),
    "onehot.npz": Format(_inspected(load_one_hot), _one_hot_seeds(".npz"), mutations.of_zip),
    "onehot.npy": Format(
        _inspected(load_one_hot),
        _one_hot_seeds(".npy"),
        mutations.of_npy,
        {
            "pickle.npy": b"\x93NUMPY\x01\0\x3a\0"
            b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }" + _PICKLE
        },
    ),
    "vectors.bin": Format(
        _inspected(_read_vectors),
        _vector_seeds(".bin"),
        mutations.of_bytes,
        {"pickle.bin": _PICKLE},
    ),
    "vectors.fasttext": Format(_inspected(_read_fasttext), _fasttext_seeds, _mutate_fasttext),
    "vectors.txt": Format(_inspected(_read_vectors), _vector_seeds(".txt"), mutations.of_table),
    "vectors.vec.gz": Format(
        _inspected(_read_vectors), _vector_seeds(".vec.gz"), mutations.of_gzip
    ),
    "model": Format(_read_model, _model_seeds, _mutate_model),
    "network.checkpoint": Format(
        _inspected(_read_network_checkpoint), _network_checkpoint_seeds, mutations.of_safetensors
    ),
    "vectors.checkpoint": Format(
        _inspected(_read_vector_checkpoint), _vector_checkpoint_seeds, mutations.of_safetensors
    ),
    "judgements.txt": Format(
        _read_judgements, _corpus_seeds("a.txt", _PAIRS, _ANALOGIES), mutations.of_table
    ),
    "corpus.csv": Format(
        _read_texts, _corpus_seeds("a.csv", _TABLE, _SEMICOLONS), mutations.of_table
    ),
    "corpus.tsv": Format(_read_texts, _corpus_seeds("a.tsv", _TSV, _HEADLESS), mutations.of_table),
    "corpus.json": Format(_read_texts, _corpus_seeds("a.json", *_DOCUMENTS), mutations.of_json),
    "corpus.jsonl": Format(_read_texts, _corpus_seeds("a.jsonl", _JSONL), mutations.of_json_lines),
    "corpus.txt": Format(
        _read_texts,
        _corpus_seeds("a.txt", _PLAIN, b"__label__a high\n__label__b low\n", _TSV, _REPEATED),
        mutations.of_table,
    ),
    "corpus.txt.gz": Format(
        _read_texts, _corpus_seeds("a.txt.gz", gzip.compress(_PLAIN)), mutations.of_gzip
    ),
    "corpus.parquet": Format(_read_texts, _parquet_seeds(_TEXT_TABLE), mutations.of_parquet),
    "labels.csv": Format(_read_several, _corpus_seeds("a.csv", _CELLS), mutations.of_table),
    "labels.jsonl": Format(
        _read_several, _corpus_seeds("a.jsonl", _LISTS), mutations.of_json_lines
    ),
    "labels.ft": Format(_read_several, _corpus_seeds("a.ft", _REPEATED), mutations.of_table),
    "labels.parquet": Format(_read_several, _parquet_seeds(_SEVERAL_TABLE), mutations.of_parquet),
    "predictions.parquet": Format(
        _inspected(_read_predictions), _predictions_seeds(".parquet"), mutations.of_parquet
    ),
    "predictions.jsonl": Format(
        _inspected(_read_predictions), _predictions_seeds(".jsonl"), mutations.of_json_lines
    ),
}
