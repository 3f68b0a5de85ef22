"""The fitted figures of the market's models, and where they come from.

Written by `python -m tests.research.calibrate --write` out of the recorded option
chains of January and February 2026; docs/surface.md tells what March said to them.
"""

from __future__ import annotations

from engine.market.parameters import BookParameters, SurfaceParameters

SURFACE = SurfaceParameters(
    realised_pull=0.305,
    trailing_pull=1.83,
    weekend_weight=0.36,
)
BOOK = BookParameters(base_1e4=1.0, per_vega=0.2, ticks_min=0.35)
