"""Pictures a phone can read: measured on the drawn sheet, in both languages."""

from __future__ import annotations

import dataclasses
import io
import math
import re
from datetime import timedelta
from functools import cache
from itertools import combinations
from typing import get_args

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image, ImageChops, ImageStat

from bot.charts import alt_text, caption_facts, render_png
from bot.charts.canvas import BACKGROUND, BLUE, MUTED, NEUTRAL, ORANGE, WHITE, Sheet
from bot.charts.cards import WORDS, card_of, drawable
from bot.charts.picture import PICTURES, draw
from bot.chat import Reply
from bot.delivery import decode_reply, encode_reply
from engine.api import Chart, MarketChart
from tests.bot.charts import samples
from tests.bot.charts.samples import CONDOR, NOW, equity, market, payoff, timeline
from tests.bot.charts.samples_book import BOOK_SAMPLES, greeks, risk, smile
from tests.bot.charts.samples_replay import REPLAY_SAMPLES, replayed_trades
from tests.bot.charts.samples_results import RESULT_SAMPLES, fan, kelly, reasons, replayed, sweep

SAMPLES: dict[str, Chart] = {**samples.SAMPLES, **BOOK_SAMPLES, **RESULT_SAMPLES, **REPLAY_SAMPLES}

EVERY = [pytest.param(chart, language, id=f"{name} ({language})") for name, chart in SAMPLES.items() for language in ("en", "it")]
EMPTY = [chart for name, chart in SAMPLES.items() if "without points" in name]
ONE_POINT = [chart for name, chart in SAMPLES.items() if "of one point" in name and not name.startswith("payoff")]


@cache
def sheet_of(chart: Chart, language: str = "en") -> Sheet:
    return draw(drawable(chart), language=language)


def texts_on(sheet: Sheet) -> list[Text]:
    return [text for text in sheet.figure.findobj(Text) if text.get_text() and text.get_visible() and not hidden(text)]


def hidden(text: Text) -> bool:
    """Tick labels of axes that are switched off are never drawn."""
    return text.axes is not None and not text.axes.axison


def words_on(sheet: Sheet) -> str:
    return " ".join(text.get_text() for text in texts_on(sheet))


def luminance(color: str) -> float:
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_every_kind_of_chart_has_words_a_picture_and_a_sample():
    kinds = set(get_args(Chart))

    assert kinds == set(WORDS) == set(PICTURES) == {type(chart) for chart in SAMPLES.values()}


@pytest.mark.parametrize(("chart", "language"), EVERY)
def test_picture_can_be_read_on_a_phone(chart: Chart, language: str):
    """Smallest text 30 px, everything on the sheet, no text over another, no number that is none, at most two panels."""
    sheet = sheet_of(chart, language)
    renderer = sheet.figure.canvas.get_renderer()
    texts = texts_on(sheet)
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]

    assert len(texts) >= 6
    assert min(text.get_fontsize() for text in texts) >= 30
    assert sheet.figure.dpi == 72
    assert [said for said, box in boxes if box.x0 < 0 or box.y0 < 0 or box.x1 > 1080 or box.y1 > 1350] == []
    assert [(one, other) for (one, a), (other, b) in combinations(boxes, 2) if a.overlaps(b)] == []
    assert "nan" not in words_on(sheet).lower()
    assert len(sheet.figure.axes) <= 2


@pytest.mark.parametrize(("chart", "language"), EVERY)
def test_headline_figures_are_large_and_never_cut(chart: Chart, language: str):
    texts = texts_on(sheet_of(chart, language))

    for _, value in caption_facts(chart, language=language):
        assert max(text.get_fontsize() for text in texts if text.get_text().endswith(value)) >= 64


@pytest.mark.parametrize("chart", [payoff(), risk(), fan(), EMPTY[0]], ids=lambda chart: type(chart).__name__)
def test_picture_is_a_png_of_the_phones_size(chart: Chart):
    image = Image.open(io.BytesIO(render_png(chart)))

    assert (image.format, image.size) == ("PNG", (1080, 1350))
    assert image.convert("RGB").getpixel((3, 3)) == (0x0E, 0x16, 0x21)


@pytest.mark.parametrize("chart", [payoff(), risk(), sweep(), EMPTY[0]], ids=lambda chart: type(chart).__name__)
def test_picture_sent_as_a_file_is_the_same_one_twice_the_size(chart: Chart):
    small = Image.open(io.BytesIO(render_png(chart))).convert("L")
    large = Image.open(io.BytesIO(render_png(chart, scale=2))).convert("L")
    apart = ImageStat.Stat(ImageChops.difference(large.resize(small.size, Image.Resampling.BOX), small)).mean[0]

    assert large.size == (2160, 2700)
    assert apart < 4, "something stands elsewhere"


@pytest.mark.parametrize("color", [WHITE, MUTED, NEUTRAL, BLUE, ORANGE])
def test_every_colour_of_text_stands_out_from_the_card(color: str):
    assert contrast(color, BACKGROUND) >= 4.5


def test_name_of_the_stage_stands_out_from_its_pill():
    assert contrast(BACKGROUND, ORANGE) >= 4.5


@pytest.mark.parametrize(("chart", "language"), EVERY)
def test_picture_says_where_it_comes_from_and_how_old_it_is(chart: Chart, language: str):
    words = words_on(sheet_of(chart, language))

    assert chart.env in words
    assert "20 Nov 2026 14:02 UTC" in words or "20 nov 2026 14:02 UTC" in words
    if hasattr(chart, "data_age_s"):
        assert f"{chart.data_age_s:.0f} s" in words


def test_time_axis_names_its_zone():
    for chart in (equity(), market(), timeline()):
        assert "UTC" in [text.get_text() for text in texts_on(sheet_of(chart))]


def test_modelled_prices_are_flagged():
    assert "modelled prices" in words_on(sheet_of(payoff(is_modelled=True)))
    assert "modelled" not in words_on(sheet_of(payoff()))


@pytest.mark.parametrize("chart", EMPTY)
@pytest.mark.parametrize(("language", "begins"), [("en", "No "), ("it", "Ancora ness")])
def test_empty_picture_says_what_will_fill_it(chart: Chart, language: str, begins: str):
    sheet = sheet_of(chart, language)

    assert card_of(chart, language).absent.startswith(begins)
    assert sheet.figure.axes == []


@pytest.mark.parametrize("chart", ONE_POINT)
def test_single_point_is_drawn_and_explained(chart: Chart):
    sheet = sheet_of(chart)

    assert "One point so far" in words_on(sheet) or "One strike so far" in words_on(sheet)
    assert len(sheet.figure.axes) >= 1


def test_points_that_are_no_numbers_are_left_out():
    hole = (NOW - timedelta(hours=1), float("nan"))
    wild = (NOW, float("inf"))
    chart = market(count=50)
    holed: MarketChart = dataclasses.replace(chart, spot=(*chart.spot[:-2], hole, wild), dvol=(*chart.dvol[:-2], hole, wild))

    assert caption_facts(holed) == caption_facts(dataclasses.replace(chart, spot=chart.spot[:-2], dvol=chart.dvol[:-2]))
    assert "nan" not in words_on(sheet_of(holed)).lower()
    assert render_png(dataclasses.replace(equity(count=1), points=(hole,), drawdown=(hole,)))[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("chart", "language", "facts"),
    [
        (payoff(), "en", (("Most it can make", "+€37.85"), ("Most it can lose", "€173"))),
        (payoff(), "it", (("Guadagno massimo", "+37,85 €"), ("Perdita massima", "173 €"))),
        (payoff(spot=103512, short=92000, long=88000, quantity=300), "en", (("Most it can make", "+€335k"), ("Most it can lose", "€1,035k"))),
        (timeline(count=1), "en", (("Cost to close now", "0.0125 ETH"), ("Kept of the credit", "0.0%"))),
        (equity(count=0), "it", (("P&L, aperte comprese", "0,00 €"), ("Ribasso massimo", "0,00 €"))),
        (market(count=0), "en", (("Spot", "—"), ("DVOL", "—"))),
    ],
)
def test_caption_has_the_pictures_own_figures(chart: Chart, language: str, facts: tuple[tuple[str, str], ...]):
    assert caption_facts(chart, language=language) == facts


def test_alternative_text_says_what_the_picture_shows():
    assert alt_text(payoff()) == (
        "Payoff of #142 ETH bull put 27 Nov 3200/3000 (PAPER): at most +€37.85 to make and €173 to lose, "
        "break-even $3,160, spot $3,512, expires Fri 27 Nov 08:00 UTC."
    )
    assert alt_text(timeline(count=1), language="it") == (
        "Vita di #142 ETH bull put 27 Nov 3200/3000 (TESTNET): costo per chiudere 0,0125 ETH contro un credito di 0,0125 ETH, "
        "incassato 0,0 %; presa di profitto a 0,0056 ETH, stop perdita a 0,0313 ETH, scade ven 27 nov 08:00 UTC."
    )


@pytest.mark.parametrize(("chart", "language"), EVERY)
def test_alternative_text_exists_for_every_chart(chart: Chart, language: str):
    said = alt_text(chart, language=language)

    assert chart.env in said
    assert all(value in said for _, value in caption_facts(chart, language=language))


def test_payoff_names_strikes_break_even_spot_and_expected_move():
    words = words_on(sheet_of(payoff()))

    for expected in ("short 3200", "long 3000", "break-even $3,160", "spot $3,512", "expected move ±1σ", "at expiry", "now"):
        assert expected in words


@pytest.mark.parametrize(
    ("language", "expected"), [("en", ("short 1700", "short 2200", "break-even $1,6", "break-even $2,2")), ("it", ("venduta 1700", "venduta 2200"))]
)
def test_payoff_of_a_condor_names_both_short_strikes_and_both_break_evens(language: str, expected: tuple[str, ...]):
    words = words_on(sheet_of(CONDOR, language))

    assert words.count("break-even" if language == "en" else "pareggio") == 2
    assert all(each in words for each in (*expected, "spot", "±1σ"))
    assert "long" not in words
    assert "comprata" not in words


def test_timeline_of_a_linear_trade_speaks_of_usdc():
    words = words_on(sheet_of(timeline(credit=42.1, coin="USDC")))

    assert "42.10 USDC" in words
    assert "Cost to close, USDC per 1 ETH of option" in words
    assert not re.search(r"\.[0-9]+ ETH", words)


def test_same_chart_gives_the_same_picture():
    assert render_png(equity()) == render_png(equity())


def test_every_field_of_the_risk_grid_can_be_read_and_tells_gain_from_loss_without_its_colour():
    for chart in (risk(), risk(scale_eur=900_000), risk(scale_eur=0)):
        sheet = sheet_of(chart)
        fields = [field for field in sheet.figure.findobj(Rectangle) if field.get_width() > 100 and field is not sheet.figure.patch]
        signs = [text.get_text()[0] for text in texts_on(sheet) if "€" in text.get_text() and text.get_fontsize() == 30 and text.get_weight() == "bold"]

        assert len(fields) == len(signs) == 28
        assert min(contrast(WHITE, to_hex(field.get_facecolor())) for field in fields) >= 4.5
        assert set(signs) <= {"+", "-", "€"}


def test_risk_grid_with_a_figure_that_is_none_is_not_drawn():
    broken = dataclasses.replace(risk(), pnl_eur=((float("nan"),) * 4,) * 7)

    assert "No risk yet" in words_on(sheet_of(broken))


def test_risk_grid_names_its_worst_field():
    assert "worst at spot -20%, DVOL +20 pts" in words_on(sheet_of(risk()))
    assert "il peggio a spot -20 %, DVOL +20 pt" in words_on(sheet_of(risk(), "it"))


def test_greeks_show_a_limit_only_where_the_book_comes_near_it():
    assert "limit for an entry" in words_on(sheet_of(greeks(size=9)))
    assert "limit for an entry" not in words_on(sheet_of(greeks(size=0.01)))


def test_smile_names_the_strikes_that_are_held_with_their_trade():
    words = words_on(sheet_of(smile(held=((7, 3200, 3000),))))

    for expected in ("#7 short 3200", "#7 long 3000", "forward $3,526", "DVOL 61.0 pts", "puts", "calls"):
        assert expected in words


def test_smile_with_more_strikes_than_it_can_name_still_marks_every_one():
    sheet = sheet_of(smile(held=tuple((number, 3400 - 100 * number, 3300 - 100 * number) for number in range(1, 8))))
    marks = [line for line in sheet.figure.axes[0].lines if line.get_marker() == "D"]

    assert len(marks) == 14


def test_reasons_stand_with_their_trades_and_the_interval_of_the_win_rate():
    words = words_on(sheet_of(reasons()))

    for expected in ("profit take", "24 of 24 won", "▲ +€412", "n 30 · 90%: 70% – 92% · break-even p* 78.4%"):
        assert expected in words


def test_reasons_beyond_those_that_fit_stand_together_and_nothing_is_lost():
    sheet = sheet_of(reasons(count=12))
    bars = [box for box in sheet.figure.findobj(Rectangle) if to_hex(box.get_facecolor()) in (BLUE, ORANGE)]

    assert "5 other reasons" in words_on(sheet)
    assert len(bars) == 8


@pytest.mark.parametrize("chart", SAMPLES.values(), ids=SAMPLES)
def test_a_chart_that_waits_in_the_outbox_is_the_same_when_it_is_sent(chart: Chart):
    assert decode_reply(encode_reply(Reply(html="x", chart=drawable(chart)))).chart == drawable(chart)


def test_fan_names_its_edges_and_where_the_real_path_stands():
    words = words_on(sheet_of(fan()))

    for expected in ("95%", "median", "5%", "after 24", "10,000 paths · 24 real trades closed", "z of the real path"):
        assert expected in words
    assert "5% – 95%" in words_on(sheet_of(fan(realised=60, drift=-0.2)))


def test_kelly_shows_the_fraction_in_use_beside_its_cap_and_the_win_rate_beside_its_break_even():
    words = words_on(sheet_of(kelly()))

    for expected in ("in use 2.75%", "full 11.0%", "cap 8%", "won 78.6%", "break-even p* 78.4%", "edge uncertain"):
        assert expected in words


def test_sweep_outlines_what_ships_and_stars_the_best():
    sheet, chart = sheet_of(sweep()), sweep()
    stars = [text.get_text() for text in texts_on(sheet) if text.get_text().startswith("★+")]
    outlined = [box for box in sheet.figure.findobj(Rectangle) if to_hex(box.get_edgecolor()) == WHITE and box.get_linewidth() == 4]

    assert chart.best is not None
    assert stars == [f"★{max(cell[0] for row in chart.cells for cell in row if cell is not None):+.3f}"]
    assert len(outlined) == 1
    assert "best of 20 tries · better than luck: 31%" in words_on(sheet)


def test_sweep_of_more_keys_says_at_what_values_and_tells_what_ships_though_it_is_not_on_the_map():
    words = words_on(sheet_of(RESULT_SAMPLES["sweep of three keys"]))

    for expected in ("all fields at exit.vol_stop_pts 11", "As shipped", "+0.001"):
        assert expected in words
    assert "As shipped □" not in words


def test_sweep_without_a_best_says_so_and_shows_what_lies_around_what_ships():
    words = words_on(sheet_of(RESULT_SAMPLES["sweep without a best"]))

    assert "too few trades to choose a best" in words
    assert not [word for word in words if word.startswith("★ —")]


def test_tearsheet_has_a_bar_for_each_month_and_says_how_much_is_modelled():
    sheet, chart = sheet_of(replayed()), replayed()

    assert len(chart.months) == len(sheet.figure.axes[1].patches)
    assert "80% of the scans at modelled option prices" in words_on(sheet)
    assert abs(sum(level for _, level in chart.months) - chart.points[-1][1]) < 1e-6


def test_trades_of_a_replay_are_counted_by_what_was_sold_and_how_they_ended():
    chart = replayed_trades(count=9)
    card = card_of(chart, "en")

    assert [headline.value for headline in card.headlines] == ["6 / 9", "3 / 9"]
    assert card.notes[0] == "3 bull put · 3 bear call · 3 iron condor"
    assert "50%" in card.warning


def test_trade_whose_exit_has_no_price_is_left_out_of_the_picture():
    chart = replayed_trades(count=2)
    broken = dataclasses.replace(chart, trades=(chart.trades[0], dataclasses.replace(chart.trades[1], closed_usd=math.nan)))

    assert drawable(broken).trades == chart.trades[:1]


@pytest.mark.parametrize(("changes", "shown"), [(1, "With exit.profit_take_net_frac 0.4"), (2, "With exit.profit_take_net_frac 0.4 and one more value")])
def test_pictures_of_a_replay_with_other_values_say_which(changes: int, shown: str):
    """The line on the picture fits, the words beside it name them all; a usual replay has neither."""
    made = (("exit.profit_take_net_frac", "0.5", "0.4"), ("exit.vol_stop_pts", "10.0", "9"))[:changes]
    for chart in (replayed_trades(), replayed(), reasons(), equity()):
        changed = dataclasses.replace(chart, changes=made)
        told = alt_text(changed)

        assert card_of(changed, "en").changed == shown
        assert told.startswith(alt_text(chart))
        assert [told.count(f"With {key} {now} instead of {before}, in this replay only") for key, before, now in made] == [1] * changes
        assert card_of(chart, "en").changed == ""
