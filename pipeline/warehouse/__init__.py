"""The private build database: connections, locking, and the tables a run is prepared with.

Belongs here: opening DuckDB, one writer at a time, writing small tables of facts about the run, views over raw parts.
Does not belong here: transformation (dbt), judging, releases.
"""
