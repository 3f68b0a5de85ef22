"""The door of the store: open it, hand it work, get records back."""

from __future__ import annotations

from engine.state.anchors import AnchorFile, read_anchors, refuse_inconsistent
from engine.state.audit import Anchor, FooterCheck, Json, VerifyResult, verify
from engine.state.outcomes import ClaimCode, ClaimOutcome, KillRow, NonceUse
from engine.state.proposals import new_nonce
from engine.state.store import Store, footer_of, inspect_origin, verify_file, verify_footer, verify_home
from engine.state.transaction import Transaction

__all__ = [
    "Anchor",
    "AnchorFile",
    "ClaimCode",
    "ClaimOutcome",
    "FooterCheck",
    "Json",
    "KillRow",
    "NonceUse",
    "Store",
    "Transaction",
    "VerifyResult",
    "footer_of",
    "inspect_origin",
    "new_nonce",
    "read_anchors",
    "refuse_inconsistent",
    "verify",
    "verify_file",
    "verify_footer",
    "verify_home",
]
