"""Pairing codes: told once, kept as their seal, good for ten minutes and a few tries."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from engine.safety.pairing import TRIES_MAX, TRIES_PER_PERSON_MAX, VALID_FOR, Tries, first_code, is_code, new_code, opens, read_first, seal
from tests.engine.core.builders import NOW


def test_a_code_opens_its_seal_however_it_is_typed_and_no_other_code_does() -> None:
    code = new_code()
    sealed = seal(code)

    assert opens(sealed, code)
    assert opens(sealed, f" {code.lower().replace('-', ' ')} ")
    assert opens(sealed, code.replace("1", "I").replace("0", "O"))
    assert not opens(sealed, new_code())
    assert code.replace("-", "") not in sealed


def test_what_cannot_be_a_code_is_told_from_one_by_its_look() -> None:
    assert [is_code(text) for text in (new_code(), "ABCDE-FGHJK", "ABCDE", "ABCDE-FGHJ!", "", "/status")] == [True, True, False, False, False, False]


def test_the_first_code_waits_readable_by_its_owner_alone_and_a_new_one_voids_it(tmp_path: Path) -> None:
    path = tmp_path / "first.code"
    before = first_code(path, NOW)
    path.with_suffix(".new").write_text("left by a run that was killed", encoding="utf-8")
    code = first_code(path, NOW)
    waiting = read_first(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert waiting is not None
    assert (waiting.role, waiting.made_at, waiting.valid_until_at) == ("admin", NOW, NOW + VALID_FOR)
    assert (opens(waiting.sealed, code), opens(waiting.sealed, before)) == (True, False)
    assert not path.with_suffix(".new").exists()


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"sealed": 1, "role": "admin", "made_at": "soon", "valid_until_at": "late"}', "\x00"])
def test_a_first_code_that_cannot_be_read_is_none(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "first.code"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    assert read_first(path) is None


def test_one_person_has_a_few_tries_in_ten_minutes() -> None:
    tries = Tries()

    assert [tries.may_try(7, NOW) for _ in range(TRIES_PER_PERSON_MAX + 1)] == [True] * TRIES_PER_PERSON_MAX + [False]
    assert tries.may_try(8, NOW)
    assert tries.may_try(7, NOW + VALID_FOR)


def test_all_of_them_together_have_a_limit_too() -> None:
    tries = Tries()

    assert all(tries.may_try(person, NOW) for person in range(TRIES_MAX))
    assert not tries.may_try(TRIES_MAX, NOW + timedelta(minutes=9))
