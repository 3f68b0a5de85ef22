"""The operator's settings, checked: the strategy's rules with overrides, and what the environment says.

Rules of this file: the defaults stand in `strategy.toml` beside it, a home's
`config.toml` overrides single keys of it, the environment carries secrets and
paths only, and every refusal is a ConfigError that names the place and the fix.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from engine.config_checks import flatten, impossible_values
from engine.config_shape import Misfit, has_key, line_of, shape
from engine.core.rules import StrategyRules
from engine.errors import ConfigError

DEFAULTS_NAME = "engine/strategy.toml"
TELEGRAM_API_URL = "https://api.telegram.org/bot"
SECRET_LENGTH_MIN = 6
ROLES = ("viewer", "approver", "admin")
SERVER_VARIABLES = (
    "CERBERO_DERIBIT_NETWORK",
    "CERBERO_DERIBIT_URL",
    "CERBERO_DERIBIT_TRADING",
    "CERBERO_DERIBIT_TESTNET_CLIENT_ID",
    "CERBERO_DERIBIT_TESTNET_CLIENT_SECRET",
    "CERBERO_DERIBIT_MAINNET_CLIENT_ID",
    "CERBERO_DERIBIT_MAINNET_CLIENT_SECRET",
    "CERBERO_HYPERLIQUID_URL",
    "CERBERO_FEAR_GREED_URL",
    "CERBERO_FRED_URL",
    "CERBERO_FRED_API_KEY",
    "CERBERO_ECB_URL",
    "CERBERO_VAULT",
    "CERBERO_RECORD",
    "CERBERO_SERVE_TOKEN",
)
"""What the bundled servers ask of the environment."""
WEBHOOK_VARIABLES = ("CERBERO_WEBHOOK_URL", "CERBERO_WEBHOOK_SECRET", "CERBERO_WEBHOOK_PORT")
VARIABLES = (
    "CERBERO_TELEGRAM_TOKEN",
    "CERBERO_TELEGRAM_API_URL",
    *WEBHOOK_VARIABLES,
    "CERBERO_OPERATORS",
    "CERBERO_LANGUAGE",
    "CERBERO_HOME",
    *SERVER_VARIABLES,
)
SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSWORD|API_?KEY|PRIVATE|CREDENTIAL|PASSPHRASE")
TOKEN_SHAPE = re.compile(r"\d{1,20}:[A-Za-z0-9_-]+")
WEBHOOK_SECRET_SHAPE = re.compile(r"[A-Za-z0-9_-]{32,256}", re.ASCII)
"""What Telegram takes for a secret, and at least 32 bytes of it: a short one can be guessed."""
WEBHOOK_PORT = 8443


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One key the operator changed: its value, the default's, and where it stands."""

    key: str
    value: object
    default: object
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The rules in force, their fingerprint (sha256, hex) and what the operator changed."""

    rules: StrategyRules
    fingerprint: str
    overrides: tuple[Override, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSetting:
    """A person admitted by CERBERO_OPERATORS."""

    user_id: int
    role: Literal["viewer", "approver", "admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSetting:
    """Telegram posts updates to `url`; a proxy of the operator's leads them to `port` on loopback."""

    url: str
    secret: SecretStr
    port: int = WEBHOOK_PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment and the home's `.env` say; `secrets` are the values a log must never show.

    `server_variables` are those of the bundled servers, read where a server is built. `webhook` None is polling.
    """

    telegram_token: SecretStr | None
    telegram_api_url: str
    operators: tuple[OperatorSetting, ...]
    language: Literal["en", "it"]
    secrets: tuple[SecretStr, ...]
    server_variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    webhook: WebhookSetting | None = None


def default_rules() -> StrategyRules:
    """The rules of `strategy.toml` as they ship."""
    return load_rules(None).rules


def load_rules(config_toml: Path | None) -> Loaded:
    """The shipped rules with the overrides of `config_toml`; a file that does not exist overrides nothing.

    Raises ConfigError for broken TOML, an unknown key, a value of the wrong kind or one the strategy cannot run with.
    """
    defaults_text = _defaults_text()
    own_text = _read(config_toml) if config_toml is not None else ""
    defaults = _parse(defaults_text, Path(DEFAULTS_NAME))
    own = _parse(own_text, config_toml) if config_toml is not None else {}
    try:
        rules = shape(_merged(defaults, own), StrategyRules)
    except Misfit as misfit:
        raise _refusal((misfit.key,), misfit.problem, misfit.fix, own=(own, own_text, config_toml), defaults_text=defaults_text) from misfit
    for wrong in impossible_values(rules):
        raise _refusal(wrong.keys, wrong.problem, wrong.fix, own=(own, own_text, config_toml), defaults_text=defaults_text)
    return Loaded(rules=rules, fingerprint=fingerprint(rules), overrides=_overrides(rules, own, own_text))


def fingerprint(rules: StrategyRules) -> str:
    """The sha256 of the resolved rules as canonical JSON: equal values give equal fingerprints however they were written."""
    canonical = json.dumps({key: _canonical(value) for key, value in flatten(rules).items()}, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def load_settings(environ: Mapping[str, str], env_file: Path | None = None) -> Settings:
    """What `environ` says, and `env_file` where `environ` is silent.

    Raises ConfigError naming the variable and the fix; the value of a secret never stands in it.
    """
    filed = read_env_file(env_file) if env_file is not None else {}
    for name in filed:
        if name.startswith("CERBERO_") and name not in VARIABLES:
            raise ConfigError("unknown variable", fix=f"Known: {', '.join(VARIABLES)}.", path=env_file, key=name)
    merged = {**filed, **environ}
    token = merged.get("CERBERO_TELEGRAM_TOKEN", "").strip()
    if token and not TOKEN_SHAPE.fullmatch(token):
        raise ConfigError("is no bot token", fix="Copy it from BotFather: digits, a colon, then letters and digits.", key="CERBERO_TELEGRAM_TOKEN")
    return Settings(
        telegram_token=SecretStr(token) if token else None,
        telegram_api_url=_api_url(merged.get("CERBERO_TELEGRAM_API_URL", "").strip()),
        operators=_operators(merged.get("CERBERO_OPERATORS", "")),
        language=_language(merged.get("CERBERO_LANGUAGE", "").strip()),
        secrets=tuple(SecretStr(value) for name, value in merged.items() if SECRET_NAME.search(name.upper()) and len(value) >= SECRET_LENGTH_MIN),
        server_variables={name: merged[name] for name in SERVER_VARIABLES if name in merged},
        webhook=_webhook(*(merged.get(name, "").strip() for name in WEBHOOK_VARIABLES)),
    )


def read_env_file(path: Path) -> dict[str, str]:
    """The KEY=VALUE lines of `path`; empty when it does not exist. Comments, blank lines, `export` and quotes are understood."""
    found: dict[str, str] = {}
    for number, line in enumerate(_read(path).splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ConfigError("is no KEY=VALUE line", fix="Write one KEY=VALUE a line; comments begin with #.", path=path, line=number)
        if value[:1] in ("'", '"'):
            if len(value) < 2 or value[-1] != value[0]:
                raise ConfigError("the quote is not closed", fix="Close it on the same line.", path=path, line=number, key=name)
            value = value[1:-1]
        found[name] = value
    return found


def notes() -> dict[str, str]:
    """What stands behind each shipped value of `strategy.toml`, by its key, else behind its table: unit and source in the file's words."""
    found: dict[str, str] = {}
    table, of_table = "", ""
    for line in _defaults_text().splitlines():
        if section := re.match(r"\[([a-z0-9_.]+)\]\s*(?:#\s*(.*))?", line):
            table, of_table = section[1] + ".", section[2] if section[2] is not None else ""
        elif setting := re.match(r"([A-Za-z0-9_]+)\s*=[^#]*(?:#\s*(.*))?", line):
            found[table + setting[1]] = setting[2] if setting[2] is not None else of_table
    return found


@cache
def _defaults_text() -> str:
    return resources.files("engine").joinpath("strategy.toml").read_text(encoding="utf-8")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as problem:
        raise ConfigError("is not UTF-8 text", fix="Save it as UTF-8.", path=path) from problem
    except OSError as problem:
        raise ConfigError(f"cannot be read ({problem.strerror})", fix="Make it a plain file you may read.", path=path) from problem


def _parse(text: str, path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as problem:
        place = re.search(r"at line (\d+)", str(problem))
        line = int(place[1]) if place else len(text.splitlines())
        what = re.sub(r"\s*\(at [^)]*\)$", "", str(problem))
        raise ConfigError(f"this is not TOML: {what}", fix='Write key = value; text in "quotes", tables in [brackets].', path=path, line=line) from problem


def _merged(defaults: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    merged = dict(defaults)
    for key, value in own.items():
        default = merged.get(key)
        merged[key] = _merged(default, value) if isinstance(default, Mapping) and isinstance(value, Mapping) else value
    return merged


def _refusal(keys: tuple[str, ...], problem: str, fix: str, *, own: tuple[Mapping[str, object], str, Path | None], defaults_text: str) -> ConfigError:
    """The refusal at the operator's line when one of `keys` is theirs, else at the default's."""
    table, own_text, own_path = own
    for key in keys:
        if has_key(table, key) and own_path is not None:
            return ConfigError(problem, fix=fix, path=own_path, line=line_of(own_text, key), key=key)
    return ConfigError(problem, fix=fix, path=Path(DEFAULTS_NAME), line=line_of(defaults_text, keys[0]), key=keys[0])


def _overrides(rules: StrategyRules, own: Mapping[str, object], own_text: str) -> tuple[Override, ...]:
    if not own:
        return ()
    defaults = flatten(load_rules(None).rules)
    return tuple(
        Override(key=key, value=value, default=defaults[key], line=line_of(own_text, key)) for key, value in flatten(rules).items() if has_key(own, key)
    )


def _canonical(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    return list(value) if isinstance(value, tuple) else value


def _api_url(value: str) -> str:
    if not value:
        return TELEGRAM_API_URL
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ConfigError("is no address of a Bot API server", fix=f"Write it as {TELEGRAM_API_URL}", key="CERBERO_TELEGRAM_API_URL")
    return value.rstrip("/")


def _webhook(url: str, secret: str, port: str) -> WebhookSetting | None:
    """Where Telegram posts updates; None without an address, and then nothing of it may be set."""
    if not url:
        if secret or port:
            raise ConfigError("there is no address", fix="Set CERBERO_WEBHOOK_URL too, or none of the three.", key="CERBERO_WEBHOOK_URL")
        return None
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError("is no address Telegram posts to", fix="Write it as https://desk.example/some-path", key="CERBERO_WEBHOOK_URL")
    if WEBHOOK_SECRET_SHAPE.fullmatch(secret) is None:
        raise ConfigError(
            "is too short or has other characters", fix="Use 32 to 256 of A-Z a-z 0-9 _ -, e.g. from: openssl rand -hex 32", key="CERBERO_WEBHOOK_SECRET"
        )
    if port and not (re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= 65535):
        raise ConfigError("is no port", fix="Use 1 to 65535.", key="CERBERO_WEBHOOK_PORT")
    return WebhookSetting(url=url, secret=SecretStr(secret), port=int(port) if port else WEBHOOK_PORT)


def _operators(value: str) -> tuple[OperatorSetting, ...]:
    """The people admitted; an empty list admits nobody."""
    people: dict[int, OperatorSetting] = {}
    for entry in (part.strip() for part in value.split(",") if part.strip()):
        user_id, _, role = (part.strip() for part in entry.partition(":"))
        fix = f"Write id:role,id:role with a numeric user id and one of {', '.join(ROLES)}."
        if not re.fullmatch(r"[1-9]\d{0,18}", user_id):
            raise ConfigError(f'"{entry}" has no numeric user id', fix=fix, key="CERBERO_OPERATORS")
        if role not in ROLES:
            raise ConfigError(f'"{entry}" has no known role', fix=fix, key="CERBERO_OPERATORS")
        if int(user_id) in people:
            raise ConfigError(f"{user_id} is named twice", fix="Name each person once.", key="CERBERO_OPERATORS")
        people[int(user_id)] = OperatorSetting(user_id=int(user_id), role=role)  # type: ignore[arg-type]
    return tuple(people.values())


def _language(value: str) -> Literal["en", "it"]:
    if value in ("", "en"):
        return "en"
    if value == "it":
        return "it"
    raise ConfigError(f'"{value}" is no language this product speaks', fix="Use en or it.", key="CERBERO_LANGUAGE")
