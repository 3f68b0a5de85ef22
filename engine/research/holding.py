"""An open trade of a fast replay with every look at it ahead as columns.

Rules of this file: the columns only say at which looks an exit rule could fire, with
room for the rounding between a column and a Decimal; what then happens is decided by
core on the quotes of that look. `SLACK` is far above that rounding and far below any step of a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from engine.core.model import Family, Instrument, OptionType, Quote, Spread, Vertical
from engine.core.rules import StrategyRules
from engine.market.listing import parse_instrument
from engine.market.quotes import quotes_of
from engine.research.past import DAY_S, MONITOR, Legs, Past, Stretch
from engine.runtime.positions import exposure_at, look_of
from engine.state.records import Exposure, TradeRecord

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Rows = NDArray[np.int32]

SLACK = 1e-6
DVOL_SLACK_PTS, MOVE_SLACK_FRAC = 0.02, 1e-4
"""A market may round DVOL to the cent of a point and the spot to the cent."""

MARGIN_FIXED_ETH, MARGIN_OF_MARK = 0.075, 1.075
"""No short leg ties up more maintenance margin than this and that much of its mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """A trade at the looks of a block, numbered from `first`: what it would make in EUR, its margin at most, and where rules could fire."""

    block: int
    first: int
    at_s: Ints
    legs: tuple[Legs, ...]
    unrealised_eur: Floats
    margin_max_eth: Floats
    is_whole: Bools
    may_act: Bools

    def at(self, place: int) -> datetime:
        """The instant of a look."""
        return datetime.fromtimestamp(int(self.at_s[place]), UTC)


@dataclass(slots=True, kw_only=True)
class Holding:
    """An open trade between its looks.

    `opened_look` is the first look after its opening; `checked_at` the last one that could believe its quotes;
    `unseen_look` the last one whose margins and Greeks are not in the trade yet.
    """

    trade: TradeRecord
    options: tuple[Instrument, ...]
    opened_look: int
    checked_at: datetime | None = None
    unrealised_eur: float = 0.0
    unseen_look: int | None = None
    looks: Looks | None = None

    @classmethod
    def of(cls, trade: TradeRecord, *, opened_look: int) -> Holding:
        names = [name for side in trade.sides for name in (side.short_instrument, side.long_instrument)]
        parsed = [parse_instrument(name) for name in names]
        return cls(trade=trade, options=tuple(option for option in parsed if option is not None), opened_look=opened_look)

    def looks_at(self, past: Past, stretch: Stretch, look: int, rules: StrategyRules) -> Looks:
        """The columns of the block that holds this look, prepared when first asked for."""
        block = past.block_of(look)
        if self.looks is None or self.looks.block != block:
            self.looks = _looks(self, past, stretch, block, rules)
        return self.looks

    def skip(self, numbers: Rows) -> None:
        """These looks are over: what they saw is remembered."""
        looks = self.looks
        if looks is None or len(looks.is_whole) == 0:
            return
        places = numbers - looks.first
        quoted = places[np.isfinite(looks.unrealised_eur[places])]
        if len(quoted) > 0:
            self.unrealised_eur = float(looks.unrealised_eur[quoted[-1]])
            self.unseen_look = looks.first + int(quoted[-1])
        whole = places[looks.is_whole[places]]
        if len(whole) > 0:
            self.checked_at = looks.at(int(whole[-1]))

    def record(self, past: Past) -> TradeRecord:
        """The trade as its store would have it, margins and Greeks of the last look included."""
        if self.unseen_look is not None:
            number, self.unseen_look = self.unseen_look, None
            now = past.look_instant(number)
            index, spread = past.market.index_usd(now), self.spread_at(number, past)
            exposure = None if index is None or spread is None else exposure_at(look_of(self.trade, spread, now), index.value)
            self.expose(exposure)
        if self.trade.checked_at != self.checked_at:
            self.trade = replace(self.trade, checked_at=self.checked_at)
        return self.trade

    def expose(self, exposure: Exposure | None) -> None:
        """The trade ties up and moves by this from now on; what it had stays where that is not known."""
        if exposure is not None:
            self.trade = replace(self.trade, **{each.name: getattr(exposure, each.name) for each in fields(exposure)})

    def spread_at(self, look: int, past: Past) -> Spread | None:
        """The legs as quoted at a look; None when one of them has no quote."""
        looks, now = self.looks, past.look_instant(look)
        if looks is None or not looks.first <= look < looks.first + len(looks.is_whole):
            return self.quoted(past, now)
        rows = [(legs.rows, int(legs.row[look - looks.first])) for legs in looks.legs]
        if any(row < 0 for _, row in rows):
            return None
        return _spread([quotes_of(rows_of.taken(np.array([row])), now, family=self.trade.family)[0] for rows_of, row in rows])

    def quoted(self, past: Past, now: datetime) -> Spread | None:
        """The legs as quoted at any instant; None when one of them has no quote."""
        found = [past.market.ticker(now, option.name) for option in self.options]
        quotes = [quote for quote in found if quote is not None]
        return _spread(quotes) if len(quotes) == len(found) else None


def _spread(quotes: Sequence[Quote]) -> Spread:
    return Spread(verticals=tuple(Vertical(short=short, long=long) for short, long in zip(quotes[::2], quotes[1::2], strict=True)))


def _looks(holding: Holding, past: Past, stretch: Stretch, block: int, rules: StrategyRules) -> Looks:
    begin, legs = past.legs(stretch, block, holding.options)
    first = max(holding.opened_look, begin)
    legs = tuple(each.since(first - begin) for each in legs)
    last = first + len(legs[0].row)
    at_s, seen = past.look_s[first:last], slice(first - stretch.first, last - stretch.first)
    figures = _Figures(holding.trade, legs, stretch, seen)
    net = figures.unrealised_coin(rules)
    spot, fx = stretch.spot_usd[seen], stretch.fx_usd_per_eur[seen]
    usd_per_coin = spot if holding.trade.family is Family.INVERSE else np.ones(len(spot))
    dte_days = (int(holding.trade.expiry_at.timestamp()) - at_s) / DAY_S
    return Looks(
        block=block,
        first=first,
        at_s=at_s,
        legs=legs,
        unrealised_eur=net * float(holding.trade.quantity_eth) * usd_per_coin / fx,
        margin_max_eth=figures.margin_max_eth() * float(holding.trade.quantity_eth),
        is_whole=figures.is_whole(),
        may_act=figures.may_act(rules, is_monitor=past.kind[past.look_rows[first:last]] == MONITOR, dte_days=dte_days),
    )


class _Figures:
    """What exit rules go by, as columns; the formulas of core's properties of a spread, for choosing looks only."""

    def __init__(self, trade: TradeRecord, legs: tuple[Legs, ...], stretch: Stretch, seen: slice) -> None:
        self._trade, self._shorts, self._longs = trade, legs[::2], legs[1::2]
        self._spot, self._dvol = stretch.spot_usd[seen], stretch.dvol_pts[seen]
        self._fall, self._rise = stretch.worst_fall[seen], stretch.worst_rise[seen]
        self._mark = sum((leg.column("mark_coin") for leg in self._shorts), np.zeros(len(self._spot))) - sum(leg.column("mark_coin") for leg in self._longs)
        self._credit = float(trade.credit_coin) if trade.credit_coin is not None else np.nan

    def is_whole(self) -> Bools:
        asks = [leg.column("ask_coin") > 0.0 for leg in self._shorts]
        whole: Bools = np.logical_and.reduce([np.isfinite(self._mark), self._mark >= 0.0, *asks])
        return whole

    def margin_max_eth(self) -> Floats:
        per_eth = np.ones(len(self._spot)) if self._trade.family is Family.INVERSE else self._spot
        most = sum((MARGIN_FIXED_ETH + MARGIN_OF_MARK * leg.column("mark_coin") / per_eth for leg in self._shorts), np.zeros(len(self._spot)))
        # A short leg without a quote counts with what it was last seen at; that is looked at exactly.
        return np.where(np.isfinite(most), most, np.inf)

    def unrealised_coin(self, rules: StrategyRules) -> Floats:
        return self._credit - self._mark - self._open_fee - self._close_fee(rules)

    @property
    def _open_fee(self) -> float:
        return float(self._trade.open_fee_coin) if self._trade.open_fee_coin is not None else np.nan

    def _close_fee(self, rules: StrategyRules) -> Floats:
        """The fee of closing at the marks."""
        fees = rules.fees
        flat = float(fees.inverse_of_underlying_frac) if self._trade.family is Family.INVERSE else float(fees.linear_of_underlying_frac) * self._spot
        capped = [
            sum((np.minimum(flat, float(fees.cap_of_premium_frac) * leg.column("mark_coin")) for leg in group), np.zeros(len(self._spot)))
            for group in (self._shorts, self._longs)
        ]
        return np.maximum(*capped) if fees.combo_cheaper_group_free else capped[0] + capped[1]

    def _expected_close(self) -> Floats:
        mid, natural = np.zeros(len(self._spot)), np.zeros(len(self._spot))
        for short, long in zip(self._shorts, self._longs, strict=True):
            bid, ask, long_bid, long_ask = (leg.column(name) for leg in (short, long) for name in ("bid_coin", "ask_coin"))
            mid += np.where(bid > 0.0, (bid + ask) / 2.0, ask) - np.where((long_bid > 0.0) & (long_ask > 0.0), (long_bid + long_ask) / 2.0, long_bid)
            natural += ask - long_bid
        return mid + 0.35 * (natural - mid)

    def may_act(self, rules: StrategyRules, *, is_monitor: Bools, dte_days: Floats) -> Bools:
        """Where any rule that closes could fire; a superset, never a verdict."""
        exit_rules, trade = rules.exit, self._trade
        ratio = self._mark / self._credit
        delta = np.maximum.reduce([np.abs(leg.column("delta")) for leg in self._shorts])
        puts = any(side.strikes.option_type is OptionType.PUT for side in trade.sides)
        calls = any(side.strikes.option_type is OptionType.CALL for side in trade.sides)
        move = np.maximum(self._fall if puts else -np.inf, self._rise if calls else -np.inf)
        otm = np.minimum.reduce([self._otm(side.strikes.option_type, float(side.strikes.short_strike_usd)) for side in trade.sides])
        adverse, pin, guard = exit_rules.adverse_move, exit_rules.pin_risk, exit_rules.event_guard
        hard = ratio >= float(exit_rules.stop_loss_x_credit) - SLACK
        hard |= self._dvol - trade.dvol_entry_pts >= exit_rules.vol_stop_pts - DVOL_SLACK_PTS
        hard |= delta >= exit_rules.short_delta_breach - SLACK
        hard |= (delta >= adverse.short_delta_min - SLACK) & (move >= adverse.move_frac - MOVE_SLACK_FRAC)
        if not self.is_whole().all():
            # After a look that could not believe its quotes the next one looks further back for a fast move.
            hard |= delta >= adverse.short_delta_min - SLACK
        hard |= (dte_days <= pin.dte_max_d + SLACK) & (otm < pin.otm_min_frac + MOVE_SLACK_FRAC)
        net = self._credit - self._open_fee
        kept = (net - self._expected_close() - self._close_fee(rules)) / net
        soft = kept >= exit_rules.profit_take_net_frac - SLACK
        soft |= (dte_days <= exit_rules.time_stop_dte_d + SLACK) & (1.0 - ratio < exit_rules.time_stop_hold_above_profit_frac + SLACK)
        soft |= (1.0 - ratio < SLACK) & (delta >= guard.short_delta_min - SLACK)
        return hard | (soft & is_monitor)

    def _otm(self, option_type: OptionType, strike_usd: float) -> Floats:
        distance = self._spot - strike_usd if option_type is OptionType.PUT else strike_usd - self._spot
        return distance / self._spot
