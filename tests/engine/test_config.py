"""The strategy file, an operator's overrides of it, and the environment."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from engine.config import default_rules, fingerprint, load_rules, load_settings, read_env_file
from engine.config_checks import flatten
from engine.errors import ConfigError


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def refusal_of(own: Path, text: str) -> ConfigError:
    own.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_rules(own)
    return caught.value


def test_shipped_strategy_is_accepted_and_keeps_decimals_exact():
    rules = default_rules()

    assert rules.strikes.credit_over_width_min_frac == Decimal("0.05")
    assert str(rules.fees.delivery_frac) == "0.00015"
    assert type(rules.entry.dvol_min_pts) is float
    assert type(rules.caps.paper.trade_eur) is Decimal


def test_word_off_stands_for_an_optional_value_that_is_not_set(own: Path):
    own.write_text('[entry.macro.uncovered_days]\nNFP = "off"\nCPI = "off"\n')

    rules = load_rules(own).rules

    assert rules.entry.vrp_min_pts is None
    assert rules.entry.macro.uncovered_days.ECB is None
    assert rules.entry.macro.uncovered_days.NFP is None
    assert rules.entry.macro.uncovered_days.CPI is None
    assert default_rules().entry.macro.uncovered_days.CPI == (10, 15)


def test_file_that_does_not_exist_overrides_nothing(own: Path):
    loaded = load_rules(own)

    assert loaded.overrides == ()
    assert loaded.fingerprint == load_rules(None).fingerprint


def test_override_changes_one_key_and_says_where_it_stands(own: Path):
    own.write_text("# mine\n[exit]\nvol_stop_pts = 12\n")

    loaded = load_rules(own)

    (override,) = loaded.overrides
    assert (override.key, override.value, override.default, override.line) == ("exit.vol_stop_pts", 12.0, 10.0, 3)
    assert loaded.rules.exit.stop_loss_x_credit == default_rules().exit.stop_loss_x_credit


def test_optional_value_is_switched_on_by_a_number(own: Path):
    own.write_text("[entry]\nvrp_min_pts = 5\n")

    assert load_rules(own).rules.entry.vrp_min_pts == 5.0


def test_condor_is_switched_per_stage(own: Path):
    own.write_text("[bias.condor.enabled]\npaper = false\n")

    assert load_rules(own).rules.bias.condor.enabled.paper is False
    assert default_rules().bias.condor.enabled.paper is True


def test_another_coin_needs_its_own_index(own: Path):
    own.write_text('[meta]\nunderlying = "BTC"\nindex = "btc_usd"\n')

    assert load_rules(own).rules.meta.index == "btc_usd"
    refusal = refusal_of(own, '[meta]\nunderlying = "BTC"\n')
    assert (refusal.line, refusal.key) == (2, "meta.underlying")


def test_fingerprint_follows_values_and_not_their_spelling(own: Path):
    own.write_text("[caps.paper]\ntrade_eur = 200.00\n")
    same = load_rules(own)
    own.write_text("[caps.paper]\ntrade_eur = 150\n")
    other = load_rules(own)

    assert same.fingerprint == load_rules(None).fingerprint
    assert other.fingerprint != same.fingerprint
    assert fingerprint(other.rules) == other.fingerprint
    assert len(other.fingerprint) == 64


WRONG_KIND = [
    ('[caps.paper]\ntrade_eur = "200"\n', 2, "caps.paper.trade_eur"),
    ("[greeks]\nabs_net_delta_max_eth = true\n", 2, "greeks.abs_net_delta_max_eth"),
    ("[schedule]\nreconcile_s = 45.0\n", 2, "schedule.reconcile_s"),
    ("[schedule]\nreconcile_s = true\n", 2, "schedule.reconcile_s"),
    ("[schedule.hourly_guard]\npaper = 1\n", 2, "schedule.hourly_guard.paper"),
    ("[schedule]\nopen_cron = 14\n", 2, "schedule.open_cron"),
    ('[entry.macro]\nmode = "windw"\n', 2, "entry.macro.mode"),
    ('[exit]\nroll = "yes"\n', 2, "exit.roll"),
    ('[caps.soft]\nstrategies = ["strangle"]\n', 2, "caps.soft.strategies"),
    ('[caps.soft]\nstrategies = "bull_put"\n', 2, "caps.soft.strategies"),
    ('[schedule]\nsettlement_blackout_utc = ["07:25"]\n', 2, "schedule.settlement_blackout_utc"),
    ("[strikes]\notm_put_frac = [\n  0.06,\n  0.10,\n  0.20,\n]\n", 2, "strikes.otm_put_frac"),
    ("[strikes]\notm_put_frac = [0.06, '0.2']\n", 2, "strikes.otm_put_frac"),
    ("[kelly]\nf_cap = nan\n", 2, "kelly.f_cap"),
    ("[caps.paper]\ntrade_eur = inf\n", 2, "caps.paper.trade_eur"),
    ("entry = 5\n", 1, "entry"),
    ("[entry.dvol_min_pts]\nvalue = 5\n", 1, "entry.dvol_min_pts"),
    ('[exit]\nvol_stop_pts = "off"\n', 2, "exit.vol_stop_pts"),
]


@pytest.mark.parametrize(("text", "line", "key"), WRONG_KIND)
def test_value_of_the_wrong_kind_is_refused_at_its_line(own: Path, text: str, line: int, key: str):
    refusal = refusal_of(own, text)

    assert (refusal.path, refusal.line, refusal.key) == (own, line, key)
    assert refusal.fix
    assert f"{own}:{line}: {key}: " in str(refusal)


IMPOSSIBLE = [
    ("exit.stop_loss_x_credit = 1", "exit.stop_loss_x_credit"),
    ("exit.profit_take_net_frac = 1", "exit.profit_take_net_frac"),
    ("exit.profit_take_net_frac = 0", "exit.profit_take_net_frac"),
    ("exit.short_delta_breach = 0.17", "exit.short_delta_breach"),
    ("exit.margin_usage_warn_frac = 0.71", "exit.margin_usage_warn_frac"),
    ("exit.time_stop_dte_d = 14", "exit.time_stop_dte_d"),
    ("caps.paper.trade_eur = 0", "caps.paper.trade_eur"),
    ("caps.paper.trade_eur = -5", "caps.paper.trade_eur"),
    ("caps.paper.trade_eur = 1000.01", "caps.paper.trade_eur"),
    ("caps.full.total_eur = 199", "caps.full.total_eur"),
    ("caps.soft.strategies = []", "caps.soft.strategies"),
    ('caps.soft.strategies = ["bull_put", "bull_put"]', "caps.soft.strategies"),
    ("caps.open_positions_max = 0", "caps.open_positions_max"),
    ("caps.eth_share_of_wealth_max_frac = 30", "caps.eth_share_of_wealth_max_frac"),
    ("entry.dvol_min_pts = 90", "entry.dvol_min_pts"),
    ("entry.dvol_max_pts = 35", "entry.dvol_max_pts"),
    ("entry.sentiment.bull_put_block_above = 101", "entry.sentiment.bull_put_block_above"),
    ("entry.funding.bear_call_veto_below_frac = 0.5", "entry.funding.bear_call_veto_below_frac"),
    ('entry.macro.high = ["FOMC", "NFP"]', "entry.macro.high"),
    ("entry.macro.uncovered_days.CPI = [15, 10]", "entry.macro.uncovered_days.CPI"),
    ("entry.macro.uncovered_days.ECB = [0, 40]", "entry.macro.uncovered_days.ECB"),
    ("bias.bull_trend_min_frac = -0.05", "bias.bull_trend_min_frac"),
    ("bias.crash_trend_frac = -0.05", "bias.crash_trend_frac"),
    ("strikes.short_delta_min = 0.14", "strikes.short_delta_min"),
    ("strikes.short_delta_max = 0.12", "strikes.short_delta_max"),
    ("strikes.short_delta_target = 0.6", "strikes.short_delta_target"),
    ("strikes.dte_min_d = 19", "strikes.dte_min_d"),
    ("strikes.width_max_frac = 0.05", "strikes.width_max_frac"),
    ("strikes.otm_put_frac = [0.2, 0.06]", "strikes.otm_put_frac"),
    ("strikes.credit_over_width_min_frac = 1", "strikes.credit_over_width_min_frac"),
    ("sizing.dvol_scale.min = 1.5", "sizing.dvol_scale.min"),
    ("approval.entry_ttl_s = 0", "approval.entry_ttl_s"),
    ("approval.hard_exit_ttl_s = 21601", "approval.hard_exit_ttl_s"),
    ("freshness_s.index = 0", "freshness_s.index"),
    ("montecarlo.student_t_nu = 2", "montecarlo.student_t_nu"),
    ("montecarlo.spot_vol_corr = -1", "montecarlo.spot_vol_corr"),
    ("gates.paper_to_soft.win_rate_min = 70", "gates.paper_to_soft.win_rate_min"),
    ("gates.soft_to_full.z_pass_abs_max = 3", "gates.soft_to_full.z_pass_abs_max"),
    ("triggers.kill.rejects_in_row_max = 0", "triggers.kill.rejects_in_row_max"),
    ('schedule.open_cron = "0 14 * * 1"', "schedule.open_cron"),
    ('schedule.open_cron = "0 14 * * mon-5"', "schedule.open_cron"),
    ('schedule.open_cron = "0 25 * * mon"', "schedule.open_cron"),
    ('schedule.digest_cron = "30 7 * *"', "schedule.digest_cron"),
    ('schedule.monitor_cron = "0 7 31 feb *"', "schedule.monitor_cron"),
    ('schedule.settlement_blackout_utc = ["08:10", "07:25"]', "schedule.settlement_blackout_utc"),
    ('schedule.maintenance_guard_utc = ["8:55", "25:00"]', "schedule.maintenance_guard_utc"),
    ('meta.underlying = "eth"', "meta.underlying"),
]


@pytest.mark.parametrize(("line", "key"), IMPOSSIBLE)
def test_value_the_strategy_cannot_run_with_is_refused_at_its_line(own: Path, line: str, key: str):
    refusal = refusal_of(own, f"# first line is a comment\n\n{line}\n")

    assert (refusal.path, refusal.line, refusal.key) == (own, 3, key)
    assert refusal.fix


POSSIBLE = [
    "exit.stop_loss_x_credit = 1.01",
    "exit.profit_take_net_frac = 0.99",
    "exit.short_delta_breach = 0.171",
    "exit.margin_usage_warn_frac = 0.70",
    "caps.paper.trade_eur = 1000",
    "entry.dvol_min_pts = 89",
    "strikes.short_delta_min = 0.13",
    "strikes.dte_min_d = 18",
    'schedule.open_cron = "0 14 * * mon,wed-fri"',
    'approval.hard_exit_on_timeout = "repropose_next_monitor"',
    'entry.macro.mode = "off"',
    "schedule.hourly_guard = {paper = false, soft = true, full = true}",
]


@pytest.mark.parametrize("line", POSSIBLE)
def test_value_just_inside_its_limit_is_accepted(own: Path, line: str):
    own.write_text(line + "\n")

    assert len(load_rules(own).overrides) >= 1


def test_numeric_weekday_is_refused_with_the_reason(own: Path):
    refusal = refusal_of(own, 'schedule.open_cron = "0 14 * * 1"\n')

    assert "0 = Monday" in str(refusal)
    assert "Write mon, tue, wed, thu, fri, sat, sun." in str(refusal)


@pytest.mark.parametrize(
    ("text", "line", "fix"),
    [
        ("[entry]\ndvol_mn_pts = 3\n", 2, "Did you mean entry.dvol_min_pts?"),
        ("[exits]\nvol_stop_pts = 9\n", 1, "Did you mean exit?"),
        ("[caps.paper]\ntrade_eur = 100\ntrade_euro = 100\n", 3, "Did you mean caps.paper.trade_eur?"),
        ("[greeks]\nqqqq = 1\n", 2, "Known here: abs_net_delta_max_eth, short_gamma_max_usd_per_1pct, short_vega_max_usd_per_pt."),
        ("[strikes.credit_min]\ninverse_eth = 0.004\ninverse_et = 1\n", 3, "Did you mean strikes.credit_min.inverse_eth?"),
    ],
)
def test_unknown_key_is_refused_with_the_nearest_one(own: Path, text: str, line: int, fix: str):
    refusal = refusal_of(own, text)

    assert (refusal.line, refusal.fix) == (line, fix)


@pytest.mark.parametrize(
    ("text", "line"),
    [("[entry]\ndvol_min_pts = \n", 2), ("[entry\n", 1), ("a = 1\na = 2\n", 2), ("[exit]\nvol_stop_pts = 9\nx = [1,\n", 3), ("exit.roll = none\n", 1)],
)
def test_broken_file_is_refused_with_its_line(own: Path, text: str, line: int):
    refusal = refusal_of(own, text)

    assert refusal.line == line
    assert "not TOML" in str(refusal)


def test_file_that_is_not_text_is_refused(own: Path):
    own.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_rules(own)


def test_folder_in_the_place_of_the_file_is_refused(own: Path):
    own.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_rules(own)


def test_file_saved_with_a_byte_order_mark_is_read(own: Path):
    own.write_bytes(b"\xef\xbb\xbfexit.vol_stop_pts = 9\n")

    assert load_rules(own).rules.exit.vol_stop_pts == 9


def test_every_default_carries_a_unit_or_source():
    """Each leaf's line has a comment, or its table's header has one."""
    lines = (Path(__file__).parents[2] / "engine" / "strategy.toml").read_text().splitlines()
    explained, uncommented = False, []
    for line in lines:
        if line.startswith("["):
            explained = "#" in line
        elif "=" in line and not line.startswith("#") and "#" not in line and not explained:
            uncommented.append(line)

    assert uncommented in ([], ['soft_exit_on_timeout = "repropose_next_monitor"'])
    assert len(flatten(default_rules())) > 200


def test_settings_are_silent_defaults_without_an_environment():
    settings = load_settings({})

    assert settings.telegram_token is None
    assert settings.telegram_api_url == "https://api.telegram.org/bot"
    assert settings.operators == ()
    assert settings.language == "en"


def test_environment_wins_over_the_file(tmp_path: Path):
    env = tmp_path / ".env"
    env.write_text("# mine\nexport CERBERO_LANGUAGE='it'\n\nCERBERO_OPERATORS=7:admin\nDERIBIT_CLIENT_SECRET=abcdef123\n")

    settings = load_settings({"CERBERO_OPERATORS": "11:viewer, 12:approver"}, env)

    assert settings.language == "it"
    assert [(person.user_id, person.role) for person in settings.operators] == [(11, "viewer"), (12, "approver")]
    assert [secret.get_secret_value() for secret in settings.secrets] == ["abcdef123"]


def test_token_never_stands_in_the_representation():
    token = "123456789:" + "Abc-_" * 7

    settings = load_settings({"CERBERO_TELEGRAM_TOKEN": token})

    assert settings.telegram_token is not None
    assert settings.telegram_token.get_secret_value() == token
    assert token not in repr(settings)
    assert "Abc" not in str(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CERBERO_TELEGRAM_TOKEN", "planted secret"),
        ("CERBERO_TELEGRAM_API_URL", "api.telegram.org"),
        ("CERBERO_TELEGRAM_API_URL", "ftp://x/bot"),
        ("CERBERO_OPERATORS", "bob:admin"),
        ("CERBERO_OPERATORS", "7"),
        ("CERBERO_OPERATORS", "7:owner"),
        ("CERBERO_OPERATORS", "-7:admin"),
        ("CERBERO_OPERATORS", "7:admin,7:viewer"),
        ("CERBERO_LANGUAGE", "de"),
        ("CERBERO_WEBHOOK_URL", "http://desk.example/hook"),
        ("CERBERO_WEBHOOK_URL", "https:///hook"),
        ("CERBERO_WEBHOOK_URL", "https://desk.example/hook?x=1"),
    ],
)
def test_bad_variable_is_refused_by_name_with_a_fix(name: str, value: str):
    with pytest.raises(ConfigError) as caught:
        load_settings({name: value})

    assert caught.value.key == name
    assert caught.value.fix
    assert "planted" not in str(caught.value)


def test_own_bot_api_server_is_taken_with_or_without_a_closing_slash():
    assert load_settings({"CERBERO_TELEGRAM_API_URL": "http://127.0.0.1:9000/bot/"}).telegram_api_url == "http://127.0.0.1:9000/bot"


def test_unknown_variable_of_ours_is_refused_with_the_known_ones(tmp_path: Path):
    env = tmp_path / ".env"
    env.write_text("CERBERO_TOKEN=1:a\n")
    with pytest.raises(ConfigError, match=r"CERBERO_TOKEN: unknown variable\. Known: CERBERO_TELEGRAM_TOKEN, "):
        load_settings({}, env)


@pytest.mark.parametrize(("text", "line"), [("A=1\nhello\n", 2), ("1A=2\n", 1), ("A='x\n", 1), ('A=1\nB=2\nC="\n', 3)])
def test_broken_line_of_the_environment_file_is_refused(tmp_path: Path, text: str, line: int):
    env = tmp_path / ".env"
    env.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_env_file(env)

    assert caught.value.line == line
