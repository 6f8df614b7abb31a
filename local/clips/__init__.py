"""Makes real clips: H.264 + AAC, with speech and a person on a plain background, of any length.

The head is a part of NASA's portrait of Eileen Collins (public domain); the voice is espeak-ng's.
"""
