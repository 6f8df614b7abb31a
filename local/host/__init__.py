"""A small Functions host for one machine: it loads `function_app.py` as it is and serves its triggers.

What it serves: HTTP (route prefix `api`), queue triggers (visibility, dequeue count, delay after a failure, poison
queue; values of host.json), blob triggers with Event Grid as their source (the same webhook, with its validation
handshake), timers (six-field NCRONTAB, UTC, one run at a time over all hosts, late runs once) and queue output. `AzureWebJobs.NAME.Disabled`
leaves a function out.
A timer follows business time, so that a sped-up clock reaches it; it runs at most once a second of real time.

What it leaves out: function keys and authorization levels, host.json logging and sampling, retry policies, other
bindings, scale decisions, leases that are renewed (a message of a killed host comes back after a minute here and
after ten minutes in Azure), and every limit of the plan.
"""
