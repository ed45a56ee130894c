"""What the Dagster UI and daemon load: the definitions for the settings named by CORE20_CONFIG.

Belongs here: the entry point. Does not belong here: anything else.
"""

import os
from pathlib import Path

from dagster import Definitions, definitions

from pipeline.orchestration.dbt import dbt_environment
from pipeline.orchestration.job import build_definitions
from pipeline.settings import load_settings


@definitions
def defs() -> Definitions:
    """Definitions for the configuration in CORE20_CONFIG, or for the embedded default."""
    config = os.environ.get("CORE20_CONFIG")
    settings = load_settings(Path(config) if config else None)
    os.environ.update(dbt_environment(settings))
    return build_definitions(settings)
