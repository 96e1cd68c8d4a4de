"""Keyed hashes: nothing can be told from them, and no two things share one."""

from __future__ import annotations

from service.store.hashing import KeyedHasher

HASHED = KeyedHasher("a" * 32)


def test_the_same_parts_are_the_same_key() -> None:
    assert HASHED("number", "14163662500") == KeyedHasher("a" * 32)("number", "14163662500")


def test_another_secret_kind_or_part_is_another_key() -> None:
    keys = {
        HASHED("number", "14163662500"),
        HASHED("prefix", "14163662500"),
        HASHED("number", "14163662501"),
        HASHED("number", "1416", "3662500"),
        HASHED("number", "14163662500", ""),
        KeyedHasher("b" * 32)("number", "14163662500"),
    }
    assert len(keys) == 6


def test_a_key_names_its_kind_and_nothing_else() -> None:
    kind, _, digest = HASHED("number", "14163662500").partition(":")
    assert kind == "number"
    assert len(digest) == 32
    assert "1416366" not in digest


def test_any_text_can_be_hashed() -> None:
    assert HASHED("key", "\ud800\x00é") != HASHED("key", "\udfff\x00é")
