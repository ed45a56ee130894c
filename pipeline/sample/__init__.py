"""The embedded default: a seeded fictional country, its reference files and fifteen months of its feeds.

Belongs here: everything that is made up. Does not belong here: reading, judging or publishing it; the pipeline treats
the sample like any other country.
"""

from pipeline.sample.assemble import GENERATOR_VERSION, generate, is_current

__all__ = ["GENERATOR_VERSION", "generate", "is_current"]
