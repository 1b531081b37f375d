"""Lets `python -m cityops` stand for the command `cityops`, also where that is not on the path."""

from cityops.cli.main import main

main()
