"""What went wrong with a call, as the one error its caller knows: who is to blame, and whether asking again can help."""

from __future__ import annotations

from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, INVALID_PARAMS, REQUEST_TIMEOUT

from engine.clients.http_streams import NoAnswer
from engine.errors import Fault, VenueError

TRANSPORT_CODES = (CONNECTION_CLOSED, REQUEST_TIMEOUT)


def is_of_transport(error: MCPError) -> bool:
    """The SDK reports a dead session with a code that servers use for their own errors too; only a server sends data."""
    return error.code in TRANSPORT_CODES and error.data is None


def answered(error: MCPError, server: str, tool: str) -> VenueError:
    """The failure a server answered with, or that the SDK answered in its place."""
    facts = error.data if isinstance(error.data, dict) else {}
    retry_after, code = facts.get("retry_after"), facts.get("upstream_code")
    return VenueError(
        error.message,
        server=server,
        tool=tool,
        permanent=not (is_of_transport(error) or facts.get("retryable") is True),
        retry_after_s=float(retry_after) if isinstance(retry_after, int | float) else None,
        is_refusal=facts.get("refused") is True,
        upstream_code=code if isinstance(code, int) else None,
    ).blamed(_fault_of(error, is_told=bool(facts)))


def broken(error: BaseException, server: str, tool: str | None = None) -> VenueError:
    """What a session that broke means for a caller: worth another try."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    if isinstance(error, VenueError):
        return error
    if isinstance(error, NoAnswer):
        return VenueError(str(error), server=server, tool=tool, retry_after_s=error.retry_after_s).blamed(Fault.NETWORK)
    # Only the kind of failure: a transport's text may carry an address with a key in it.
    return VenueError(f"the server cannot be reached ({type(error).__name__})", server=server, tool=tool).blamed(Fault.NETWORK)


def silent(server: str, tool: str, deadline_s: float) -> VenueError:
    return VenueError(f"no answer within {deadline_s:g} s", server=server, tool=tool).blamed(Fault.NETWORK)


def not_asked(reason: str, server: str, tool: str, *, permanent: bool = False) -> VenueError:
    """The call never left this process."""
    return VenueError(reason, server=server, tool=tool, permanent=permanent, is_refusal=True).blamed(Fault.HERE)


def _fault_of(error: MCPError, *, is_told: bool) -> Fault:
    if is_of_transport(error):
        return Fault.NETWORK
    if error.code == INVALID_PARAMS:
        return Fault.QUESTION
    # Only a server that knows what stands behind it says more than a sentence.
    return Fault.UPSTREAM if is_told else Fault.SERVER
