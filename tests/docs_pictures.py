"""docs/pictures: every chart, card and answer as a phone shows it, in both languages; `python -m tests.docs_pictures` draws them anew.

Charts come from the renderer, everything else is photographed on the local chat's page in
a headless Chromium. `python -m tests.docs_pictures smile account` draws only what has one
of the words in its name.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect

from bot import messages
from bot.charts import render_png
from bot.chat import Reply
from bot.delivery import with_footer
from bot.dispatch import dispatch
from bot.handlers import COMMANDS
from bot.keyboards import with_hd
from bot.local_chat.strings import page_strings
from bot.local_chat.updates import LOCAL_CHAT_ID
from bot.text import LANGUAGES, Texts
from engine.api import Chart, Operator, OutboxItem
from tests.bot.cards.samples import NOTICES
from tests.bot.cards.samples import NOW as CARDS_AT
from tests.bot.charts import samples
from tests.bot.charts.samples_book import BOOK_SAMPLES
from tests.bot.charts.samples_replay import REPLAY_SAMPLES
from tests.bot.charts.samples_results import RESULT_SAMPLES
from tests.bot.commands.requests import WallClock, order
from tests.bot.fake_engine import ADMIN, FakeEngine, as_engine
from tests.bot.local_chat.door import Running, running_chat
from tests.e2e.browser import chromium, phone_page

ROOT = Path(__file__).resolve().parent.parent
FOLDER, GALLERY = ROOT / "docs" / "pictures", ROOT / "docs" / "pictures.md"
CHARTS: Mapping[str, Chart] = {**samples.SAMPLES, **BOOK_SAMPLES, **RESULT_SAMPLES, **REPLAY_SAMPLES}
CARDS = (
    "entry",
    "entry_drift",
    "exit_hard",
    "exit_soft",
    "outcome_executed",
    "outcome_rejected",
    "outcome_refused",
    "fill_open",
    "fill_close",
    "refusal",
    "settlement_worthless",
    "settlement_paid",
    "digest",
    "monthly",
    "alert_hold_trigger",
    "alert_kill_trigger",
    "start_up",
    "start_up_held",
)
FOOTER, NONCE = "142·7f3a90c2", "b7Kx02mQz9Lw4TnA"
TALL = {"width": 390, "height": 2600}
CHART_PX, CHAT_PX = (432, 540), 360
CHART_COLOURS, CHAT_COLOURS = 96, 48
TOTAL_MAX_BYTES = 6_000_000
GAP_PX = 16
ITEM = OutboxItem(outbox_id=1, chat_id=ADMIN, kind="reply", payload_json="", attempts=1, audit_seq=142, audit_hash8="7f3a90c2", env="PAPER")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: where it lies below the folder and what the chat shows on it."""

    name: str
    replies: tuple[Reply, ...]


def chart_names() -> dict[str, str]:
    """Picture name to sample: the first of each kind of chart, and its empty state."""
    found: dict[str, str] = {}
    for sample, chart in CHARTS.items():
        kind = type(chart).__name__.removesuffix("Chart").lower()
        is_empty = "without points" in sample
        found.setdefault(f"charts/{kind}-empty" if is_empty else f"charts/{kind}", sample)
    return found


def card_names() -> tuple[str, ...]:
    """The cards above, and the first sample of every kind of message that is not among them."""
    shown = {type(NOTICES[card]) for card in CARDS}
    others = {type(notice): name for name, notice in reversed(NOTICES.items()) if type(notice) not in shown}
    return (*CARDS, *others.values())


def file_of(name: str, language: str) -> Path:
    return FOLDER / f"{name}.{language}.png"


def names() -> list[str]:
    """Every picture there is, without its language, in the gallery's order."""
    return [*sorted(chart_names()), *(f"cards/{card}" for card in card_names()), *(f"answers/{command.name}" for command in COMMANDS)]


def gallery() -> str:
    """The page that shows them all, both languages side by side."""
    head = "# Pictures\n\nWritten with the pictures by `python -m tests.docs_pictures`; do not edit. The figures are samples.\n"
    parts = [head]
    for group, title in (("charts", "Charts"), ("cards", "Cards and messages"), ("answers", "Answers of the commands")):
        rows = [name for name in names() if name.startswith(f"{group}/")]
        parts.append(f"\n## {title}\n")
        for name in rows:
            shown = [f'<img src="pictures/{name}.{language}.png" alt="{name.partition("/")[2]} ({language})" width="300">' for language in LANGUAGES]
            parts.append(f"\n### {name.partition('/')[2]}\n\n{' '.join(shown)}\n")
    return "".join(parts)


def main(words: Iterable[str]) -> None:
    """Every picture whose name holds one of the words, all without words; then the gallery."""
    asked = tuple(words)
    wanted = [name for name in names() if not asked or any(word in name for word in asked)]
    for name, sample in chart_names().items():
        for language in LANGUAGES if name in wanted else ():
            _keep(name, language, Image.open(BytesIO(render_png(CHARTS[sample], language=language))).resize(CHART_PX, Image.Resampling.LANCZOS))
    asyncio.run(_photograph([name for name in wanted if not name.startswith("charts/")]))
    GALLERY.write_text(gallery(), encoding="utf-8")
    total = sum(path.stat().st_size for path in FOLDER.rglob("*.png"))
    sys.stdout.write(f"{len(wanted) * len(LANGUAGES)} pictures drawn; {total / 1e6:.1f} MB in all\n")


async def _photograph(wanted: list[str]) -> None:
    for language in LANGUAGES if wanted else ():
        async with chromium() as browser, running_chat(language=language) as running, phone_page(browser, language=language, viewport=TALL) as page:
            # Deadlines of the samples count down from the samples' own moment.
            await page.clock.set_fixed_time(CARDS_AT)
            await page.goto(running.url)
            await expect(page.locator("#connection")).to_have_text(page_strings(language)["online"])
            for name in wanted:
                _keep(name, language, await _shown(page, running, await _shot(name, language), language))


async def _shot(name: str, language: str) -> Shot:
    group, _, what = name.partition("/")
    if group == "cards":
        return Shot(name, (messages.render(NOTICES[what], language=language, nonce=NONCE, footer=FOOTER),))
    example = next(command.example for command in COMMANDS if command.name == what)
    engine = FakeEngine(operators=(Operator(user_id=ADMIN, chat_id=ADMIN, role="admin", language=language),))
    replies = await dispatch(order(example), as_engine(engine), clock=WallClock())
    return Shot(name, tuple(with_footer(reply, ITEM) for reply in replies))


async def _shown(page: Page, running: Running, shot: Shot, language: str) -> Image.Image:
    """The bubbles of the shot below each other."""
    pieces = []
    for each in shot.replies:
        reply = with_hd(each, Texts(language))
        png = None if reply.chart is None else render_png(reply.chart, language=language)
        turns = page.locator(".turn")
        before = await turns.count()
        await running.chat.send(LOCAL_CHAT_ID, reply, png=png)
        await expect(turns).to_have_count(before + 1)
        turn = turns.nth(before)
        if png is not None:
            await expect(turn.locator(".photo img")).to_have_js_property("complete", True)
        pieces.append(Image.open(BytesIO(await turn.screenshot())).convert("RGB"))
    return _stacked(pieces)


def _stacked(pieces: list[Image.Image]) -> Image.Image:
    width, height = max(piece.width for piece in pieces), sum(piece.height for piece in pieces) + GAP_PX * (len(pieces) - 1)
    sheet, top = Image.new("RGB", (width, height), pieces[0].getpixel((0, 0))), 0
    for piece in pieces:
        sheet.paste(piece, (0, top))
        top += piece.height + GAP_PX
    return sheet


def _keep(name: str, language: str, image: Image.Image) -> None:
    """The picture as a small file: a phone's width, few colours."""
    path = file_of(name, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    width, colours = (CHART_PX[0], CHART_COLOURS) if name.startswith("charts/") else (CHAT_PX, CHAT_COLOURS)
    small = image.convert("RGB").resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    small.quantize(colours, method=Image.Quantize.FASTOCTREE, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
