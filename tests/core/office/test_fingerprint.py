"""Fingerprints: what counts as the same text, a near twin, an overlap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.office.fingerprint import SIGNATURE_SIZE, minhash, similarity, text_hash, word_overlap, words_of

WORDS = [f"word{number}" for number in range(400)]


def test_layout_and_ligatures_do_not_change_the_words() -> None:
    assert words_of("Of\ufb01ce-Ready, 2 Doors_now") == ["office", "ready", "2", "doors", "now"]
    assert text_hash("Of\ufb01ce  ready.\nTwo") == text_hash("office READY two")
    assert text_hash("two ready office") != text_hash("office ready two")
    assert text_hash(" .,! ") == ""


def test_a_signature_is_stable_between_runs() -> None:
    assert minhash("the quick brown fox")[:2] == (13047978116274919, 12766503139564263)
    assert len(minhash("one")) == SIGNATURE_SIZE
    assert minhash("") == ()


@pytest.mark.parametrize("changed,least,most", [(0, 1.0, 1.0), (4, 0.85, 1.0), (40, 0.5, 0.95), (400, 0.0, 0.1)])
def test_similarity_falls_with_change(changed: int, least: float, most: float) -> None:
    other = [*(f"other{number}" for number in range(changed)), *WORDS[changed:]]
    assert least <= similarity(minhash(" ".join(WORDS)), minhash(" ".join(other))) <= most


def test_nothing_is_similar_to_nothing() -> None:
    assert similarity((), ()) == 0.0
    assert similarity(minhash("a b c d"), ()) == 0.0


def test_word_overlap_counts_repeats_against_the_longer_text() -> None:
    assert word_overlap("a a b", "A b") == pytest.approx(2 / 3)
    assert word_overlap("a", "b") == 0.0
    assert word_overlap("", "") == 1.0


@given(st.text(), st.text())
def test_overlap_and_similarity_are_symmetric_shares(a: str, b: str) -> None:
    assert word_overlap(a, b) == word_overlap(b, a)
    assert 0.0 <= word_overlap(a, b) <= 1.0
    assert similarity(minhash(a), minhash(a)) == (1.0 if words_of(a) else 0.0)
    assert 0.0 <= similarity(minhash(a), minhash(b)) == similarity(minhash(b), minhash(a)) <= 1.0
