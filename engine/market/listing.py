"""Which ETH options Deribit lists at an instant, and what their names say.

Source: strategy section 2 (listing, names, ticks, lots), checked on recorded chains of
inverse options. Linear options are taken to be listed at the same expiries and strikes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from engine.core.model import Family, Instrument, OptionType, TickStep

ROOTS = {Family.INVERSE: "ETH", Family.LINEAR_USDC: "ETH_USDC"}
FAMILIES = {root: family for family, root in ROOTS.items()}
LOTS_ETH = {Family.INVERSE: Decimal(1), Family.LINEAR_USDC: Decimal("0.1")}
# The grid of the linear options is an assumption: no document at hand states it. A tenth of a dollar is half of
# what the finest inverse step is worth at an index of 2,000; an order is rounded by what the instrument itself says.
TICKS = {
    Family.INVERSE: (TickStep(above_coin=Decimal(0), tick_coin=Decimal("0.0001")), TickStep(above_coin=Decimal("0.005"), tick_coin=Decimal("0.0005"))),
    Family.LINEAR_USDC: (TickStep(above_coin=Decimal(0), tick_coin=Decimal("0.1")),),
}
EXPIRY_HOUR = 8
DAILIES, WEEKLIES, MONTHLIES, QUARTERLIES = 4, 3, 3, 4
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
NAME = re.compile(r"(ETH|ETH_USDC)-(\d{1,2})([A-Z]{3})(\d{2})-(\d+(?:d\d+)?)-([CP])")
FRIDAY, THURSDAY = 4, 3
NAMES_KEPT_MAX = 20_000


def expiries(t: datetime) -> tuple[datetime, ...]:
    """The listed expiries after `t`, ascending: dailies, three weeklies, three monthlies, four quarterlies."""
    next_daily = t.replace(hour=EXPIRY_HOUR, minute=0, second=0, microsecond=0)
    if next_daily <= t:
        next_daily += timedelta(days=1)
    listed = {next_daily + timedelta(days=ahead) for ahead in range(DAILIES)}
    listed.update(_weeklies(t, next_daily))
    month_ends = _month_ends(t)
    listed.update(month_ends[:MONTHLIES])
    listed.update([expiry_at for expiry_at in month_ends if expiry_at.month % 3 == 0][:QUARTERLIES])
    return tuple(sorted(listed))


def strikes_usd(spot_usd: float, *, dte_days: float, move_sd_frac: float) -> tuple[int, ...]:
    """Listed strikes around `spot_usd`, ascending: fine near the money, coarse outside, wide enough for three deviations.

    `move_sd_frac` is one standard deviation of ln S to the expiry.
    """
    step = strike_step_usd(spot_usd, dte_days=dte_days)
    reach = 3.0 * move_sd_frac + 0.08
    low, high = spot_usd * (1 - min(reach, 0.8)), spot_usd * (1 + 1.2 * reach)
    near_low, near_high = spot_usd * (1 - max(0.25, reach / 2)), spot_usd * (1 + max(0.25, reach / 2))
    near = range(_up(max(low, near_low), step), _up(min(high, near_high), step) + step, step)
    coarse = 2 * step
    wings = [strike for strike in range(_up(low, coarse), _up(high, coarse) + coarse, coarse) if not near_low <= strike <= near_high]
    return tuple(sorted({strike for strike in (*near, *wings) if strike > 0}))


def strike_step_usd(spot_usd: float, *, dte_days: float) -> int:
    """Distance of near strikes: 25/50/100 at an index of 1,500 to 6,000, halved below and doubled above."""
    step = 25 if dte_days <= 4 else 50 if dte_days <= 45 else 100
    if spot_usd < 1000:
        return max(step // 2, 10)
    return step * 2 if spot_usd >= 6000 else step


def instrument_name(family: Family, *, expiry_at: datetime, strike_usd: Decimal, option_type: OptionType) -> str:
    """The venue's name, such as ETH-27JUN25-2500-P or ETH_USDC-27JUN25-2500-P; a decimal strike is written with `d`."""
    strike = f"{strike_usd.normalize():f}".replace(".", "d")
    side = "C" if option_type is OptionType.CALL else "P"
    return f"{ROOTS[family]}-{expiry_at.day}{MONTHS[expiry_at.month - 1]}{expiry_at:%y}-{strike}-{side}"


@lru_cache(maxsize=NAMES_KEPT_MAX)
def parse_instrument(name: str) -> Instrument | None:
    """The instrument a name describes, None when it is no ETH option. Kept, because a chain asks 800 names a second time."""
    match = NAME.fullmatch(name)
    if match is None or match[3] not in MONTHS:
        return None
    root, day, month, year, strike, side = match.groups()
    try:
        expiry_at = datetime(2000 + int(year), MONTHS.index(month) + 1, int(day), EXPIRY_HOUR, tzinfo=UTC)
    except ValueError:
        return None
    family = FAMILIES[root]
    return Instrument(
        name=name,
        family=family,
        option_type=OptionType.CALL if side == "C" else OptionType.PUT,
        strike_usd=Decimal(strike.replace("d", ".")),
        expiry_at=expiry_at,
        lot_eth=LOTS_ETH[family],
        ticks=TICKS[family],
    )


def recorded_instrument(name: str, family: Family) -> Instrument | None:
    """The option of `family` with the expiry, strike and type of a recorded one; None for a name that is no inverse option."""
    recorded = parse_instrument(name)
    if recorded is None or recorded.family is not Family.INVERSE:
        return None
    return recorded if family is Family.INVERSE else parse_instrument(f"{ROOTS[family]}{name.removeprefix(ROOTS[Family.INVERSE])}")


def _weeklies(t: datetime, next_daily: datetime) -> list[datetime]:
    friday = next_daily + timedelta(days=(FRIDAY - next_daily.weekday()) % 7)
    # A new weekly is listed on Thursday, a day before the first of the three expires.
    count = WEEKLIES + 1 if friday - t <= timedelta(days=1) else WEEKLIES
    return [friday + timedelta(weeks=ahead) for ahead in range(count)]


def _month_ends(t: datetime) -> list[datetime]:
    ends = (_last_friday(t.year + (t.month - 1 + ahead) // 12, (t.month - 1 + ahead) % 12 + 1) for ahead in range(14))
    return [expiry_at for expiry_at in ends if expiry_at > t]


def _last_friday(year: int, month: int) -> datetime:
    first_of_next = datetime(year + month // 12, month % 12 + 1, 1, EXPIRY_HOUR, tzinfo=UTC)
    last = first_of_next - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - FRIDAY) % 7)


def _up(price_usd: float, step: int) -> int:
    return int(-(-price_usd // step)) * step
