"""``python -m examgrad``."""

from examgrad.cli import main

main(prog_name="examgrad")
