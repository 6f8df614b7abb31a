"""How fast Slack is answered: in process beside bare Bolt, over HTTP, and from the start of a process."""
