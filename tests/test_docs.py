"""The documentation tells the truth: generated pages are fresh, links lead somewhere, commands exist, the two commands are first."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from bot.cli import cli
from bot.handlers import COMMANDS
from engine.clock import ManualClock
from engine.config import default_rules
from engine.config_checks import flatten
from engine.state.audit import export_line
from engine.state.repository import Store
from tests.docs_pages import PAGES, ROOT, defined_keys, documented_keys, unused_keys

README = ROOT / "README.md"
DOCUMENTS = sorted([README, *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.S)
SHELL_BLOCK = re.compile(r"```(?:sh|bash|console|shell)\n(.*?)```", re.S)
PROGRAM = re.compile(r"cerbero-bite ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)")
CHAT_COMMAND = re.compile(r"`/([a-z_]+)")


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def anchors_of(file: Path) -> set[str]:
    """What a link may name after the hash: the headings as the usual viewers spell them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", file.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("name", "page"), PAGES.items(), ids=list(PAGES))
def test_a_generated_page_is_what_the_code_says_now(name: str, page: Callable[[], str]) -> None:
    """`python -m tests.docs_pages` writes it anew."""
    assert page() == (ROOT / name).read_text(encoding="utf-8")


def test_the_configuration_page_holds_every_key() -> None:
    assert documented_keys() == defined_keys()


def test_a_rule_that_no_code_asks_for_says_so() -> None:
    """By the last word of its key; the five that allow one value only need no mark."""
    sources = [file for room in ("engine", "bot") for file in (ROOT / room).rglob("*.py") if not file.name.startswith("config")]
    asked = {node.attr for file in sources for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)}
    fixed = {"meta.timezone", "meta.contract_family", "sizing.bootstrap_mode", "exit.roll", "montecarlo.surface"}
    silent = {key for key in flatten(default_rules()) if key.rpartition(".")[2] not in asked}

    assert silent - unused_keys() - fixed == set()


@pytest.mark.parametrize("file", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_somewhere(file: Path) -> None:
    text = FENCE.sub("", file.read_text(encoding="utf-8"))
    broken = []
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (file.parent / path).resolve() if path else file
        if not there.exists() or (anchor and anchor not in anchors_of(there)):
            broken.append(target)

    assert broken == []


def test_every_document_is_on_the_index() -> None:
    linked = {(ROOT / "docs" / target.partition("#")[0]).resolve() for target in LINK.findall((ROOT / "docs" / "index.md").read_text(encoding="utf-8"))}
    linked |= {
        (ROOT / "docs" / "decisions" / target).resolve() for target in LINK.findall((ROOT / "docs" / "decisions" / "index.md").read_text(encoding="utf-8"))
    }
    missing = [name_of(file) for file in DOCUMENTS if file not in linked and name_of(file) not in ("README.md", "docs/index.md")]

    assert missing == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=name_of)
def test_every_command_of_the_command_line_exists(file: Path) -> None:
    unknown = []
    for words in PROGRAM.findall(file.read_text(encoding="utf-8")):
        first, *rest = words.split()
        command = cli.get_command(click.Context(cli), first)
        if command is None or (isinstance(command, click.Group) and rest and command.get_command(click.Context(command), rest[0]) is None):
            unknown.append(words)

    assert unknown == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=name_of)
def test_every_chat_command_exists(file: Path) -> None:
    known = {command.name for command in COMMANDS}

    assert sorted(set(CHAT_COMMAND.findall(file.read_text(encoding="utf-8"))) - known) == []


def test_the_readme_opens_with_the_demo_and_then_the_tests() -> None:
    blocks = [block.strip() for block in SHELL_BLOCK.findall(README.read_text(encoding="utf-8"))]

    assert len(blocks) == 2
    assert all(len(block.splitlines()) == 1 for block in blocks)
    assert blocks[0].endswith("cerbero-bite demo")
    assert blocks[1].endswith("uv run pytest")


def test_the_check_script_runs_the_same_test_command() -> None:
    tests = SHELL_BLOCK.findall(README.read_text(encoding="utf-8"))[1].strip()

    assert tests in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_audit_check_of_the_documentation_accepts_a_real_chain_and_finds_a_changed_one(tmp_path: Path) -> None:
    """The reader's few lines, run as they stand, on an exported chain."""
    program = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "audit-format.md").read_text(encoding="utf-8"), re.S)[0]
    store = Store.open_memory(origin="demo", clock=ManualClock(datetime(2026, 3, 2, 14, 0, tzinfo=UTC)), boot="boot-1")
    for number in range(3):
        store.write_sync(lambda tx, number=number: tx.audit(actor="engine", type="test.row", ref=f"row:{number}", body={"word": "è ⛓", "number": number}))
    lines = [export_line(row) for row in store.read_sync(lambda tx: list(tx.audit_stream()))]
    head = store.read_sync(lambda tx: tx.head())
    store.close()

    def run(text: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "rows.jsonl").write_text(text, encoding="utf-8")
        return subprocess.run((sys.executable, "-c", program), cwd=tmp_path, capture_output=True, text=True, check=False)

    whole, changed = "\n".join(lines), "\n".join(lines).replace("row:1", "row:9")

    assert run(whole).stdout == f"3 rows, head {head.hash}\n"
    assert run(changed).returncode != 0
