"""The gate: Great Expectations judges what SQL measured, and a receipt binds the verdict to what was judged.

Belongs here: running suites, the verdict, withholding, the candidate and its receipt. Does not belong here: measuring
(dbt models in `quality/`), thresholds (the policy), writing a release.
"""
