"""`make chaos`: several hosts over one storage, killed at random moments, and a judge that trusts none of our code."""
