"""The pictures of the documentation: every kind of chart and message has one in both languages, and together they stay small."""

from __future__ import annotations

from typing import get_args

from engine.api import Chart
from tests.bot.cards.samples import NOTICES
from tests.docs_pictures import CHARTS, FOLDER, GALLERY, TOTAL_MAX_BYTES, card_names, chart_names


def test_every_kind_of_chart_is_drawn_full_and_empty() -> None:
    full = {type(CHARTS[sample]) for name, sample in chart_names().items() if not name.endswith("-empty")}
    empty = {type(CHARTS[sample]) for name, sample in chart_names().items() if name.endswith("-empty")}

    assert full == empty == set(get_args(Chart))


def test_every_kind_of_message_is_photographed() -> None:
    names = card_names()

    assert {type(notice) for notice in NOTICES.values()} == {type(NOTICES[name]) for name in names}
    assert len(set(names)) == len(names)


def test_every_picture_of_the_gallery_is_there_and_together_they_are_small() -> None:
    shown = {line.partition('src="pictures/')[2].partition('"')[0] for line in GALLERY.read_text(encoding="utf-8").split("<img ") if 'src="' in line}
    missing = sorted(name for name in shown if not (FOLDER / name).exists())

    assert missing == []
    assert len(shown) > 100
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.png")) <= TOTAL_MAX_BYTES
