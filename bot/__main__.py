"""`python -m bot` is `cerbero-bite`."""

from bot.cli import main

if __name__ == "__main__":
    main()
