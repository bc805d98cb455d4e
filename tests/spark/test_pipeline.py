"""The stages beside MLlib's: fitted, copied, searched over, saved and loaded."""

import json

import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import NaiveBayes
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import HashingTF, SQLTransformer, StringIndexer
from pyspark.ml.tuning import ParamGridBuilder, TrainValidationSplit

from textseq import Tokenizer
from textseq.classifier import SentenceClassifier
from textseq.errors import ArgumentError, ArtifactError, NotFittedError, OutputExistsError
from textseq.spark import OneHotRows, SentenceLabeller, TextTokenizer, TextTokenizerModel
from textseq.spark.pipeline import SETTINGS

TEXTS = ["no mountain", "high mountain high", "high enough", "no no mountain"]


@pytest.fixture(scope="module")
def frame(spark):
    rows = [(text, "high" if "high" in text else "low") for text in TEXTS]
    return spark.createDataFrame(rows, "text string, label string").coalesce(1)


@pytest.fixture(scope="module")
def fitted():
    tokenizer = Tokenizer(oov_token="?", num_words=4)
    tokenizer.fit_on_texts(TEXTS)
    return tokenizer


def test_fitted_between_stages_of_mllib(frame, tmp_path):
    upper = SQLTransformer(statement="SELECT UPPER(text) AS upper, label FROM __THIS__")
    ours = TextTokenizer(inputCol="upper", outputCol="numbers", minCount=2, oovToken="?")
    index = StringIndexer(inputCol="label", outputCol="y")
    pipeline = Pipeline(stages=[upper, ours, index])
    model = pipeline.fit(frame)
    expected = Tokenizer(min_count=2, oov_token="?")
    expected.fit_on_texts(TEXTS)
    rows = model.transform(frame).collect()
    assert [row.numbers for row in rows] == expected.texts_to_sequences(TEXTS)
    assert [row.y for row in rows] == [1.0, 0.0, 0.0, 1.0]

    pipeline.save(f"{tmp_path}/pipeline")
    model.save(f"{tmp_path}/model")
    again = Pipeline.load(f"{tmp_path}/pipeline")
    assert again.getStages()[1].extractParamMap() == ours.extractParamMap()
    assert PipelineModel.load(f"{tmp_path}/model").transform(frame).collect() == rows


def test_a_saved_model_holds_a_tokenizer_for_one_machine(spark, fitted, tmp_path):
    model = TextTokenizerModel(fitted, inputCol="sentence")
    path = tmp_path / "with a space, 한"
    model.save(str(path))
    assert {file.name for file in path.iterdir()} == {"metadata", "tokenizer.json"}
    assert (path / "tokenizer.json").read_text() == fitted.to_json()
    for address in (str(path), f"file://{path}"):
        loaded = TextTokenizerModel.load(address)
        assert (loaded.uid, loaded.getInputCol()) == (model.uid, "sentence")
        assert loaded.tokenizer.to_json() == fitted.to_json()
    with pytest.raises(OutputExistsError, match="overwrite"):
        model.save(str(path))
    model.write().overwrite().save(str(path))
    assert TextTokenizerModel.load(str(path)).tokenizer.to_json() == fitted.to_json()


def test_texts_are_cleaned_as_on_one_machine(spark, tmp_path):
    texts = ["“high”<br>hill", "cafe\u0301 &amp; http://x.org/a!", "high&nbsp;hill <unk>"]
    frame = spark.createDataFrame([(text,) for text in texts], "text string").coalesce(1)
    stage = TextTokenizer(clean=["urls", "html", "unicode"])
    stage.save(f"{tmp_path}/stage")
    expected = Tokenizer(clean="html,unicode,urls")
    expected.fit_on_texts(texts)
    for each in (stage, TextTokenizer.load(f"{tmp_path}/stage")):
        model = each.fit(frame)
        assert model.tokenizer.to_json() == expected.to_json()
        rows = model.transform(frame).collect()
        assert [row.ids for row in rows] == expected.texts_to_sequences(texts)
    with pytest.raises(ArgumentError, match="has no step 'htm'"):
        TextTokenizer(clean="htm")


@pytest.mark.filterwarnings(  # Spark leaves its threads to the garbage collector
    "ignore:unclosed running multiprocessing pool:ResourceWarning",
    "ignore:Exception ignored in. <function Pool.__del__:pytest.PytestUnraisableExceptionWarning",
)
def test_searched_over(frame):
    ours = TextTokenizer()
    stages = [
        ours,
        SQLTransformer(statement="SELECT *, CAST(ids AS ARRAY<STRING>) AS words FROM __THIS__"),
        HashingTF(inputCol="words", outputCol="features", numFeatures=64),
        StringIndexer(inputCol="label", outputCol="y"),
        NaiveBayes(labelCol="y"),
    ]
    grid = ParamGridBuilder().addGrid(ours.minCount, [1, 100]).build()  # 100 leaves no words
    search = TrainValidationSplit(
        estimator=Pipeline(stages=stages), estimatorParamMaps=grid, trainRatio=0.5, seed=1,
        evaluator=MulticlassClassificationEvaluator(labelCol="y", metricName="accuracy"),
    )  # fmt: skip
    found = search.fit(frame.unionByName(frame).unionByName(frame).coalesce(1))
    assert found.validationMetrics[0] > found.validationMetrics[1]
    assert found.bestModel.stages[0].tokenizer.min_count == 1


def test_parameters_for_one_call(frame):
    ours = TextTokenizer(numWords=2)
    whole, none = ours.fit(frame, [{ours.numWords: None}, {ours.minCount: 100}])
    assert (whole.tokenizer.size, none.tokenizer.size) == (4, 0)
    assert ours.fit(frame).tokenizer.size == 1
    renamed = whole.transform(frame, {whole.outputCol: "renamed"})
    assert renamed.columns == ["text", "label", "renamed"]
    assert whole.uid == ours.uid


def test_parameters_are_the_settings_of_a_tokenizer():
    ours = TextTokenizer()
    defaults = Tokenizer()
    assert len(SETTINGS) == len(ours.params) - 2  # the columns
    for name in SETTINGS:
        camel = "".join(part.capitalize() for part in name.split("_"))
        param = ours.getParam(camel[0].lower() + camel[1:])
        by_default = Tokenizer(**{name: ours.getOrDefault(param)})
        assert getattr(by_default, name) == getattr(defaults, name)
        assert param.doc.endswith(".")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"numWord": 5}, "no parameter 'numWord'; did you mean 'numWords'?"),
        ({"maxWords": 5}, "no parameter 'maxWords'"),  # it depends on the order of counting
        ({"numWords": -1}, "`num_words` must be 0 or more"),
        ({"analyzer": str.split}, "`analyzer` must be a name"),
        ({"analyzer": "syllable"}, "did you mean 'syllables'"),
    ],
)
def test_wrong_parameters(params, message):
    with pytest.raises(ArgumentError, match=message):
        TextTokenizer(**params)


def test_wrong_columns(frame, fitted):
    with pytest.raises(ArgumentError, match="no column 'body'"):
        TextTokenizer(inputCol="body").fit(frame)
    model = TextTokenizerModel(fitted).setOutputCol("label")
    for use in (TextTokenizer(outputCol="label").fit, model.transform):
        with pytest.raises(ArgumentError, match="has a column 'label' already"):
            use(frame)
    with pytest.raises(NotFittedError, match="has no tokenizer"):
        TextTokenizerModel().transform(frame)


def test_what_is_no_saved_stage(spark, tmp_path):
    with pytest.raises(ArtifactError, match="is not a saved stage"):
        TextTokenizerModel.load(str(tmp_path))
    TextTokenizer().save(f"{tmp_path}/estimator")
    with pytest.raises(ArtifactError, match="TextTokenizer, not a .*TextTokenizerModel"):
        TextTokenizerModel.load(f"{tmp_path}/estimator")
    with pytest.raises(ArtifactError, match="No FileSystem for scheme"):
        TextTokenizer.load("nowhere://folder")


def test_loading_imports_no_analyzer(spark, tmp_path):
    folder = tmp_path / "estimator"
    TextTokenizer(analyzer="syllables").save(str(folder))
    (metadata,) = (folder / "metadata").glob("part-*")
    (folder / "metadata" / f".{metadata.name}.crc").unlink()
    changed = metadata.read_text().replace("syllables", "antigravity:geohash")
    metadata.write_text(changed)
    with pytest.raises(ArtifactError, match="code outside textseq"):
        TextTokenizer.load(str(folder))
    metadata.write_text(json.dumps(json.loads(changed) | {"paramMap": {"numWords": "many"}}))
    with pytest.raises(ArtifactError, match="num_words"):
        TextTokenizer.load(str(folder))


def test_one_hot_rows_are_as_wide_as_the_tokenizer(spark, frame, fitted, tmp_path):
    stages = [TextTokenizer(minCount=2), SQLTransformer(statement="SELECT ids FROM __THIS__")]
    model = Pipeline(stages=[*stages, OneHotRows()]).fit(frame)
    model.save(f"{tmp_path}/model")
    rows = PipelineModel.load(f"{tmp_path}/model").transform(frame).collect()
    assert [[v.indices.tolist() for v in row.onehot] for row in rows] == [
        [[i] for i in row.ids] for row in rows
    ]
    assert {v.size for row in rows for v in row.onehot} == {4}
    wider = OneHotRows(width=9).transform(TextTokenizerModel(fitted).transform(frame))
    assert wider.first().onehot[0].size == 9
    with pytest.raises(ArgumentError, match="set the parameter `width`"):
        OneHotRows().transform(spark.createDataFrame([([1],)], "ids array<int>"))
    with pytest.raises(ArgumentError, match="no column 'id'"):
        OneHotRows(inputCol="id").transform(frame)


@pytest.fixture(scope="module")
def classifier():
    settings = {"units": 4, "epochs": 2, "networks": 1, "linear": 2}
    return SentenceClassifier(**settings).fit(TEXTS * 8, ["low", "high", "high", "low"] * 8)


def test_labelled_beside_the_true_labels(frame, classifier, tmp_path):
    labeller = SentenceLabeller(classifier, outputCol="found", top=2, topCol="best")
    rows = labeller.transform(frame).collect()
    assert list(rows[0].asDict()) == ["text", "label", "found", "probability", "best"]
    assert [row.found for row in rows] == classifier.predict(TEXTS).tolist()
    assert [row.label for row in rows] == ["low", "high", "high", "low"]
    assert all(row.best[0].label == row.found and len(row.best) == 2 for row in rows)

    PipelineModel([labeller]).save(f"{tmp_path}/pipeline")
    loaded = PipelineModel.load(f"{tmp_path}/pipeline")
    assert loaded.transform(frame).collect() == rows
    (folder,) = tmp_path.glob("pipeline/stages/*/model")
    here = SentenceClassifier.load(folder)
    assert (here.predict_proba(TEXTS) == classifier.predict_proba(TEXTS)).all()
    assert (here.histories_, here.validation_) == (classifier.histories_, classifier.validation_)
    # A column that is read may have the name of one that is made.
    renamed = frame.select(frame.text.alias("label"))
    again = SentenceLabeller(folder, inputCol="label", outputCol="found").transform(renamed)
    assert [row.found for row in again.collect()] == [row.found for row in rows]


def test_a_labeller_without_a_model(frame, classifier):
    with pytest.raises(NotFittedError, match="has no model"):
        SentenceLabeller().transform(frame)
    with pytest.raises(ArgumentError, match="trained SentenceClassifier. Received: int"):
        SentenceLabeller(5)
    with pytest.raises(ArgumentError, match="has a column 'label' already"):
        SentenceLabeller(classifier).transform(frame)
