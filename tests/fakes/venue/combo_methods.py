"""Combos as the venue tells them, and making one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.venue.errors import refusal

if TYPE_CHECKING:
    from tests.fakes.venue.exchange import Exchange
    from tests.fakes.venue.sessions import Session

Json = dict[str, Any]


def get_combos(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    return [combo.wire() for combo in exchange.combos.active(params["currency"])]


def get_combo_ids(exchange: Exchange, _session: Session, params: Json) -> list[str]:
    wanted = params.get("state")
    listed = [combo for combo in exchange.combos.listed.values() if combo.coin == params["currency"]]
    return [combo.name for combo in listed if wanted in (None, combo.state)]


def get_combo_details(exchange: Exchange, _session: Session, params: Json) -> Json:
    combo = exchange.combos.find(params["combo_id"])
    if combo is None:
        raise refusal(13020)
    return combo.wire()


def create_combo(exchange: Exchange, _session: Session, params: Json) -> Json:
    return exchange.combos.create(params["trades"]).wire()
