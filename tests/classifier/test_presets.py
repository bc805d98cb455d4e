"""What open settings become, and that a classifier is made and saved so."""

import dataclasses

import pytest

from textseq.classifier import SentenceClassifier
from textseq.classifier import presets as recipes
from textseq.classifier.presets import FEW, MANY, MANY_TEXTS, SYLLABLE_NGRAMS, recipe_for


@pytest.mark.parametrize(("documents", "expected"), [(MANY_TEXTS - 1, FEW), (MANY_TEXTS, MANY)])
def test_the_number_of_texts_settles_what_is_open(documents, expected):
    recipe = recipe_for(documents, 10**9, syllables=False)
    assert recipe == expected


def test_syllables_make_longer_ngrams_and_few_tokens_share_few_vectors():
    recipe = recipe_for(10, 1000, syllables=True)
    assert (recipe.ngrams, recipe.buckets) == (SYLLABLE_NGRAMS, 1024)
    assert recipe_for(10, 0, syllables=True).buckets == 2


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(FEW)])
def test_what_is_given_stays(name):
    given = "learned" if name == "embedding" else 3
    recipe = recipe_for(MANY_TEXTS, 1000, syllables=True, **{name: given})
    assert getattr(recipe, name) == given
    others = dataclasses.replace(recipe, **{name: getattr(MANY, name)})
    assert others == dataclasses.replace(
        recipe_for(MANY_TEXTS, 1000, syllables=True), **{name: getattr(MANY, name)}
    )


def test_a_classifier_is_built_saved_and_loaded_by_its_recipe(monkeypatch, tmp_path):
    monkeypatch.setattr(recipes, "MANY_TEXTS", 40)
    texts, labels = ["정말 좋아요", "너무 싫어요"] * 20, ["good", "bad"] * 20
    classifier = SentenceClassifier(units=4, epochs=2).fit(texts, labels)
    recipe = classifier.recipe_
    assert (recipe.embedding, recipe.ngrams, recipe.units) == ("ngrams", SYLLABLE_NGRAMS, 4)
    assert classifier.tokenizer_.analyzer == "syllables"
    rows = classifier._vocabulary + recipe.buckets
    assert classifier.weights_["embedding.embeddings"].shape == (rows, MANY.dimension)
    classifier.save(tmp_path / "model")
    loaded = SentenceClassifier.load(tmp_path / "model")
    assert loaded.recipe_ == recipe
    assert (loaded.predict_proba(texts) == classifier.predict_proba(texts)).all()
