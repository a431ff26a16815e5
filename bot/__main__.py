"""python -m bot, the same as targetwatch."""

from bot.cli import main

main(prog_name="targetwatch")
