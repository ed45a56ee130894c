"""The night as a Dagster graph: assets, checks, the job, its schedule and sensor.

Belongs here: putting the packages together, in thin steps. Does not belong here: any rule, statistic or file format.
"""
