"""Whatever stands in the engine's texts, an answer stays well-formed, within the limits, and without foreign links."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat import Reply
from bot.dispatch import dispatch
from bot.format import TEXT_MAX_UNITS, units
from engine.errors import VenueError
from tests.bot import fake_views
from tests.bot.commands.requests import WallClock, order, said
from tests.bot.fake_engine import FakeEngine, as_engine

ALLOWED = {"b", "code", "pre", "blockquote", "tg-time"}
nasty = st.text(max_size=120) | st.sampled_from(["<b>", "</blockquote>", "&amp;<", "\x00", "\u202egnp.exe", "tg://user?id=1", "<script>x</script>", "x" * 3000])


class Tags(HTMLParser):
    """Raises for a tag that is not ours or not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        assert all(name in {"expandable", "unix", "format"} for name, _ in attrs)
        self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def check(replies: tuple[Reply, ...]) -> None:
    for reply in replies:
        tags = Tags()
        tags.feed(reply.html)

        assert tags.opened == []
        assert units(reply.html) <= TEXT_MAX_UNITS
        assert all(len(button.action.encode()) <= 64 for row in reply.buttons for button in row)


@settings(max_examples=40, deadline=None)
@given(text=nasty, count=st.integers(1, 50))
async def test_an_answer_with_any_text_in_it_is_well_formed_and_fits(text: str, count: int) -> None:
    engine = FakeEngine()
    engine.audit_lines = tuple(replace(fake_views.AUDIT[0], summary=text, ref=text) for _ in range(count))
    engine.status_view = replace(fake_views.STATUS, is_killed=True, kill_reason=text)
    engine.verify_view = replace(fake_views.VERIFIED, ok=False, problem=text)
    engine.why_view = replace(fake_views.WHY, checks=tuple(check._replace(cause=text, subject=text) for check in fake_views.WHY.checks) * 10)
    engine.pending_views = (replace(fake_views.PENDING, headline=text),)
    for line in ("/audit", "/status", "/audit_verify", "/why", "/pending", "/start"):
        check(await dispatch(replace(order(line), user_name=text), as_engine(engine), clock=WallClock()))


@settings(max_examples=40, deadline=None)
@given(text=nasty)
async def test_whatever_a_person_sends_the_answer_is_well_formed(text: str) -> None:
    for request in (said(text), replace(order("/x"), command=text), replace(order("/audit"), args=(text,)), replace(order("/kill"), args=(text,))):
        replies = await dispatch(request, as_engine(FakeEngine()), clock=WallClock())

        assert replies
        check(replies)


@settings(max_examples=40, deadline=None)
@given(text=nasty)
async def test_the_words_of_a_failing_server_are_boxed_and_inert(text: str) -> None:
    engine = FakeEngine()
    engine.failure = VenueError(text, server="deribit")

    check(await dispatch(order("/market"), as_engine(engine), clock=WallClock()))
