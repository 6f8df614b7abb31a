"""A strict stand-in for Slack: the Web API methods that we call, signed requests, and a page for people.

Arguments that Slack does not know, block limits, triggers that are too old, and too many calls a minute are errors
and are counted as violations. What it leaves out: OAuth, files, search, reactions, presence, enterprise grids.
"""
