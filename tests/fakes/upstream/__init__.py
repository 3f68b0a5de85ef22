"""Small stand-ins for the upstreams without an account, all on one loopback port."""

from tests.fakes.upstream.surroundings import FakeSurroundings

__all__ = ["FakeSurroundings"]
