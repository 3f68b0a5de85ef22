"""What the surface is held against: every strike at DVOL, and M4 as the design published it."""

from __future__ import annotations

import numpy as np

from engine.market.inputs import SurfaceInputs
from engine.market.surface import weekend_seconds
from tests.research.observed import Floats, Observed

PUBLISHED_WEEKEND_WEIGHT = 0.484


def flat_dvol(observed: Observed) -> Floats:
    """Every option at DVOL."""
    return observed.inputs.dvol_frac[observed.instant]


def published_m4(observed: Observed) -> Floats:
    """References C.2, written out from the text and sharing no line with the engine."""
    inputs: SurfaceInputs = observed.inputs
    at_s, days, years = inputs.at_s[observed.instant], observed.days, observed.years
    dvol, realised, week = (column[observed.instant] for column in (inputs.dvol_frac, inputs.realised_frac, inputs.return_7d_frac))
    share = (weekend_seconds(observed.expiry_s) - weekend_seconds(at_s)) / np.maximum(observed.expiry_s - at_s, 60)
    tau = (1 - share * (1 - PUBLISHED_WEEKEND_WEIGHT)) / ((5 + 2 * PUBLISHED_WEEKEND_WEIGHT) / 7)
    ratio = np.clip(np.log(realised / dvol), -0.8, 0.8)
    atm = dvol * (0.957 - 0.025 * np.exp(-days / 15.4)) * np.exp(0.444 * np.exp(-days / 8.65) * ratio) * np.sqrt(tau)
    rho = np.clip(-0.184 + 0.316 * week, -0.9, 0.9)
    z = (0.788 + 0.237 * np.exp(-days / 7)) * np.log(observed.strike_usd / observed.forward_usd) / (atm * np.sqrt(years))
    smile: Floats = atm * np.sqrt((1 + rho * z + np.sqrt((z + rho) ** 2 + 1 - rho**2)) / 2)
    return smile
