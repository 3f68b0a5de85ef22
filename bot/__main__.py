"""`python -m bot` is `cerbero-bite`."""

from bot.cli import main

main()
