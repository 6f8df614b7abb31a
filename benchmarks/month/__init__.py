"""A virtual month of 200 deployments on 6 resources: what the idle watch tells, beside two plain rules, and what it costs.

The real watch, alerts, removals and comparison run on a calendar of their own against the stand-in over HTTP; records are in
memory. The truth comes from `generator.py`, the verdict from `judge.py`, and both know none of our code.

The policy of this team: grace 120 hours, since the longest pause in use is just under 5 days and nothing tells a pause from an
end before it is longer than every pause. A shorter grace flags by design what is in use, and a longer one only costs. Owners have
48 hours to answer before on-call is asked. The watch looks every 6 hours instead of every hour, so that ten months last
minutes: it tells up to 5 hours later than in production.
"""
