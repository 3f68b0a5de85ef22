"""The sentences: one catalogue per language, looked up by key.

Rules of this file: facts arrive as finished text (or an int that chooses a plural),
a key without a sentence is a mistake that raises, and only codes that come from
elsewhere may fall back to their family's general sentence.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

from bot.format import cut

LANGUAGES = ("en", "it")
LOCALES_DIR = Path(__file__).resolve().parent / "locales"

# The library refuses a fact of more than 2,500 characters, and no sentence needs one.
FACT_MAX_UNITS = 1000

Fact = str | int


class TextMissing(LookupError):
    """The catalogue has no such sentence, or the sentence needs a fact that was not given."""


class Texts:
    """The sentences of one language; an unknown language speaks English."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._bundle = _bundle(self.language)

    def has(self, key: str) -> bool:
        """True when the catalogue knows the key."""
        return self._bundle.has_message(key)

    def say(self, key: str, /, **facts: Fact) -> str:
        """The sentence of `key` with the facts in it. Raises TextMissing."""
        if not self.has(key):
            raise TextMissing(f"{self.language}: no sentence {key!r}")
        pattern = self._bundle.get_message(key).value
        if pattern is None:
            raise TextMissing(f"{self.language}: {key!r} has no text of its own")
        bounded = {name: cut(fact, FACT_MAX_UNITS) if isinstance(fact, str) else fact for name, fact in facts.items()}
        said, errors = self._bundle.format_pattern(pattern, bounded)
        if errors:
            raise TextMissing(f"{self.language}: {key!r}: {errors[0]}")
        return str(said)

    def say_code(self, family: str, code: str, /, **facts: Fact) -> str:
        """The sentence `family-code`; for a code nobody wrote one for, `family-other` with `code` as its fact."""
        key = f"{family}-{code.lower().replace('_', '-').replace('.', '-')}"
        if self.has(key):
            try:
                return self.say(key, **facts)
            except TextMissing:
                pass
        return self.say(f"{family}-other", code=code)


@cache
def _bundle(language: str) -> FluentBundle:
    # Parsing the catalogues costs some hundred milliseconds, so each language is read once.
    bundle = FluentBundle([language], use_isolating=False)
    for path in sorted((LOCALES_DIR / language).glob("*.ftl")):
        bundle.add_resource(FluentResource(path.read_text(encoding="utf-8")))
    return bundle
