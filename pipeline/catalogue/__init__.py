"""Typed, validated reading of what is written as data: indicator metadata, feed contracts, groups and policies.

Belongs here: pydantic models of those files and the functions that read them. Does not belong here: judging a
delivery (`pipeline.landing`), any decision made at run time, any fact that could be data instead.
"""
