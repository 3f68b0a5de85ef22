"""Pairing codes: short enough to type once, kept only in a form that proves them and does not tell them.

Rules of this file: a code is compared in constant time and lives ten minutes; guessing is limited per person and in all,
so that a flood of strangers neither finds a code nor costs the engine its time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from engine.state.records_people import InvitationRecord

VALID_FOR = timedelta(minutes=10)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U: nobody mistakes one letter for another."""

CODE_CHARS = 10
LOOKALIKES = str.maketrans("ILO", "110")
SALT_BYTES = 16
TRIES_PER_PERSON_MAX, TRIES_MAX = 5, 60
FILE_MODE = 0o600
INIT = "init"
ADMIN = "admin"


def new_code() -> str:
    """Fifty random bits as `ABCDE-FGHJK`."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARS))
    return f"{drawn[: CODE_CHARS // 2]}-{drawn[CODE_CHARS // 2 :]}"


def seal(code: str) -> str:
    """What may be stored of a code."""
    salt = secrets.token_bytes(SALT_BYTES)
    return f"scrypt:{salt.hex()}:{_digest(_plain(code), salt).hex()}"


def opens(sealed: str, code: str) -> bool:
    """True when `sealed` was made of `code`, however it was typed."""
    kind, salt, digest = sealed.split(":")
    return kind == "scrypt" and hmac.compare_digest(_digest(_plain(code), bytes.fromhex(salt)), bytes.fromhex(digest))


def is_code(text: str) -> bool:
    """True for what could be a code at all: nothing else is worth a look."""
    plain = _plain(text)
    return len(plain) == CODE_CHARS and set(plain) <= set(ALPHABET)


def invitation(code: str, *, role: str, made_by: str, now: datetime) -> InvitationRecord:
    """The code admits one person as `role` for ten minutes from now, by the wall."""
    return InvitationRecord(sealed=seal(code), role=role, made_at=now, made_by=made_by, valid_until_at=now + VALID_FOR)


def write_first(path: Path, first: InvitationRecord) -> None:
    """The code that makes the first admin waits in the home, readable by its owner alone; an earlier one is void."""
    draft = path.with_suffix(".new")
    with suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"sealed": first.sealed, "role": first.role, "made_at": first.made_at.isoformat(), "valid_until_at": first.valid_until_at.isoformat()}, file)
    draft.replace(path)


def first_code(path: Path, now: datetime) -> str:
    """A code that makes its first sender admin; it waits at `path` from now on."""
    code = new_code()
    write_first(path, invitation(code, role=ADMIN, made_by=INIT, now=now))
    return code


def read_first(path: Path) -> InvitationRecord | None:
    """The code that waits in the home; None when there is none or it cannot be read as one."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        made_at, valid_until_at = (datetime.fromisoformat(told[name]) for name in ("made_at", "valid_until_at"))
        return InvitationRecord(sealed=str(told["sealed"]), role=str(told["role"]), made_at=made_at, made_by=INIT, valid_until_at=valid_until_at)
    except (OSError, ValueError, KeyError, TypeError):
        return None


class Tries:
    """Counts tries in the last ten minutes."""

    def __init__(self) -> None:
        self._tried: list[tuple[datetime, int]] = []

    def may_try(self, user_id: int, now: datetime) -> bool:
        """True, and counted, while neither this person nor all of them together tried too often."""
        self._tried = [(at, who) for at, who in self._tried if now - at < VALID_FOR]
        own = sum(who == user_id for _, who in self._tried)
        if own >= TRIES_PER_PERSON_MAX or len(self._tried) >= TRIES_MAX:
            return False
        self._tried.append((now, user_id))
        return True


def _plain(code: str) -> str:
    return code.upper().replace("-", "").replace(" ", "").translate(LOOKALIKES)


def _digest(plain: str, salt: bytes) -> bytes:
    return hashlib.scrypt(plain.encode("utf-8", "surrogatepass"), salt=salt, n=2**14, r=8, p=1)
