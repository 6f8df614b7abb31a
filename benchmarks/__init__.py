"""Measured beside peers in the same run, as ratios and counts; nothing here is a test."""
