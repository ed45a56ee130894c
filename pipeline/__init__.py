"""The reference pipeline for healthcare inequalities in England.

Raw NHS activity and reference data become Core20PLUS5 inequality indicators, published only when complete, timely and
safe to disclose. Belongs here: the packages of the map in README.md. Does not belong here: anything done on import.
"""
