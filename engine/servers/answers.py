"""How a bundled server answers: one JSON text of a wire model, or an MCPError that says whether asking again can help."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from engine.clients.wire import Wire
from engine.servers.upstream import UpstreamError


def json_of(wire: Wire) -> str:
    return wire.model_dump_json()


async def told(work: Awaitable[Wire]) -> str:
    """The answer of `work` as JSON. Raises MCPError with the facts of an upstream that failed."""
    try:
        return json_of(await work)
    except UpstreamError as error:
        raise failure(error) from None


def failure(error: UpstreamError) -> MCPError:
    """An upstream's failure as it travels: the text of any other exception is withheld on the way."""
    facts: dict[str, object] = {"retryable": error.retryable, "refused": error.is_refusal}
    if error.retry_after_s is not None:
        facts["retry_after"] = error.retry_after_s
    if error.code is not None:
        facts["upstream_code"] = error.code
    return MCPError(INTERNAL_ERROR, error.message, facts)


def refusal(message: str) -> MCPError:
    """A question that makes no sense: asking it again is no use, and nothing was done."""
    return MCPError(INVALID_PARAMS, message, {"retryable": False, "refused": True})


def aware(at: datetime) -> datetime:
    """`at` itself. Raises MCPError for an instant without a zone."""
    if at.tzinfo is None:
        raise refusal(f"{at.isoformat()} has no time zone")
    return at
