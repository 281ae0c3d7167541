"""``python -m agent`` is the command ``scale-agent`` in a checkout, where nothing is installed."""

from agent.command import main

main()
