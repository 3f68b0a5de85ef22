"""What docs/audit-format.md promises, as pairs: what is told to the chain, and the one text that stands there."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum

from engine.core.model import Bias


class Level(IntEnum):
    """A number with a name."""

    HIGH = 3


BODIES: tuple[tuple[dict[str, object], str], ...] = (
    ({}, "{}"),
    ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
    ({"amount_eth": Decimal("1.50"), "tiny": Decimal("1E-7"), "big": Decimal("1E+5")}, '{"amount_eth":"1.50","big":"100000","tiny":"0.0000001"}'),
    (
        {"iv": 0.1, "third": 1 / 3, "huge": 1e300, "small": 1e-5},
        '{"huge":"1e+300","iv":"0.1","small":"1e-05","third":"0.3333333333333333"}',
    ),
    ({"max": 2**53 - 1, "min": -(2**53) + 1, "zero": 0}, '{"max":9007199254740991,"min":-9007199254740991,"zero":0}'),
    ({"role": Level.HIGH, "side": Bias.BULL}, '{"role":3,"side":"bull"}'),
    ({"yes": True, "no": False, "none": None}, '{"no":false,"none":null,"yes":true}'),
    ({"at": datetime(2026, 3, 2, 14, tzinfo=UTC)}, '{"at":"2026-03-02T14:00:00.000000+00:00"}'),
    ({"composed": "\u00e9", "decomposed": "e\u0301"}, '{"composed":"\u00e9","decomposed":"\u00e9"}'),
    ({"control": "a\x00\n\x1f\x7f\x9fb"}, '{"control":"a\ufffd\ufffd\ufffd\ufffd\ufffdb"}'),
    ({"bidi": "\u202eevil\u2066\u200f\u061c"}, '{"bidi":"\ufffdevil\ufffd\ufffd\ufffd"}'),
    ({"lines": "a\u2028b\u2029c"}, '{"lines":"a\ufffdb\ufffdc"}'),
    ({"broken": "a\ud800b"}, '{"broken":"a\ufffdb"}'),
    ({"quotes": 'a"b\\c/d'}, '{"quotes":"a\\"b\\\\c/d"}'),
    ({"signs": "€ ⛓ 𝄞"}, '{"signs":"€ ⛓ 𝄞"}'),
    # Keys go by UTF-16 units: 𝄞 (D834 DD1E) stands before the wide A (FF21), though its code point is greater.
    ({"\uff21": 1, "𝄞": 2, "a": 3}, '{"a":3,"𝄞":2,"\uff21":1}'),
    ({"nested": [{"y": [], "x": [1, "two", None]}]}, '{"nested":[{"x":[1,"two",null],"y":[]}]}'),
)

REFUSED: dict[str, object] = {
    "not a number": float("nan"),
    "infinity": float("-inf"),
    "decimal not a number": Decimal("NaN"),
    "decimal infinity": Decimal("Infinity"),
    "whole number of 2^53": 2**53,
    "whole number of -2^53": -(2**53),
    "naive instant": datetime(2026, 1, 1),  # noqa: DTZ001 -- the naive instant is the case
    "bytes": b"raw",
    "set": {1, 2},
    "two keys of one text": {"e\u0301": 1, "\u00e9": 2},
    "two keys once cleaned": {"a\n": 1, "a\r": 2},
}
