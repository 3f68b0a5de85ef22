"""The four charts, beside an empty figure saved at the same size."""

from __future__ import annotations

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas

from bot.charts import render_png
from tests.benchmarks.figures import Figure, median_ms
from tests.bot.charts.samples import SAMPLES


def measure(*, times: int) -> tuple[Figure, ...]:
    """One figure for each kind of chart."""
    empty_ms = median_ms(_empty, times=times)
    chosen = {"payoff": next(name for name in SAMPLES if name.startswith("payoff")), "equity": "equity", "market": "market", "timeline": "timeline"}
    return tuple(
        Figure(
            name=f"{kind} chart as PNG, median",
            value=median_ms(lambda sample=sample: render_png(SAMPLES[sample]), times=times),  # type: ignore[misc]
            unit="ms",
            budget="<= 200 ms",
            peer="an empty matplotlib figure saved",
            peer_value=empty_ms,
        )
        for kind, sample in chosen.items()
    )


def _empty() -> bytes:
    canvas = Canvas(figsize=(10.8, 13.5), dpi=100)
    FigureCanvasAgg(canvas)
    canvas.add_subplot()
    written = io.BytesIO()
    canvas.savefig(written, format="png")
    return written.getvalue()
