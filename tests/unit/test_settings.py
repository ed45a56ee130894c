"""Settings: where each comes from, which wins, and errors that name a key and never a value.

Belongs here: reading settings. Does not belong here: what they change.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import ENVIRONMENT, Alerts, FeedSource, Settings, SettingsError, load_settings

SECRET = "correct-horse-battery-staple"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "conf"
    folder.mkdir()
    return folder / "core20.yml"


def write(config: Path, **values: Any) -> Path:
    config.write_text(yaml.safe_dump(values), encoding="utf-8")
    return config


def refused(config: Path | None, environ: dict[str, str] | None = None, **overrides: Any) -> str:
    with pytest.raises(SettingsError) as error:
        load_settings(config, environ or {}, **overrides)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None
    return str(error.value)


def test_without_anything_the_fictional_country_runs_in_var() -> None:
    found = load_settings(None, {})
    assert (found.source, found.home, found.is_synthetic) == ("sample", Path.cwd() / "var", True)


def test_folders_follow_from_home(tmp_path: Path) -> None:
    found = Settings(home=tmp_path)
    assert found.receipt == tmp_path / "build" / "receipt.json"
    assert found.ledger == tmp_path / "raw" / "ledger.sqlite"
    assert {found.landing, found.reference, found.releases, found.quarantine, found.dagster_home, found.sample} == {
        tmp_path / name for name in ("landing", "reference", "releases", "quarantine", "dagster", "sample")
    }


def test_an_unknown_key_is_named_and_its_value_is_not(config: Path) -> None:
    said = refused(write(config, imd_edition=SECRET))
    assert str(config) in said
    assert "imd_edition: Extra inputs" in said


@pytest.mark.parametrize("key", ["pseudonymkey", "PSEUDONYM_KEY", "pseudonym-key", "password"])
def test_a_misspelt_secret_is_not_printed(config: Path, key: str) -> None:
    assert key in refused(write(config, **{key: SECRET}))


def test_the_key_of_pseudonyms_in_a_file_is_refused_and_not_printed(config: Path) -> None:
    assert "pseudonym_key belongs in CORE20_PSEUDONYM_KEY" in refused(write(config, pseudonym_key=SECRET))


@pytest.mark.parametrize("name", [n for n, f in Settings.model_fields.items() if "SecretStr" in str(f.annotation)])
def test_every_secret_has_a_variable_and_is_refused_in_a_file(config: Path, name: str) -> None:
    variable = next(variable for variable, key in ENVIRONMENT.items() if key == name)
    assert f"{name} belongs in {variable}, never in a file" in refused(write(config, **{name: SECRET}))
    refused(write(config, alerts={name: SECRET}))


def test_no_setting_of_a_file_is_a_secret_by_another_name() -> None:
    """What looks like a secret is one of type SecretStr, which `every secret` above looks at."""
    fields = {**Settings.model_fields, **Alerts.model_fields, **FeedSource.model_fields}
    suspects = {n for n in fields if any(word in n for word in ("password", "secret", "token", "key", "webhook"))}
    assert {n for n in suspects if "SecretStr" not in str(fields[n].annotation)} == {"webhook_form"}


def test_the_key_of_pseudonyms_from_the_environment_is_never_shown(tmp_path: Path) -> None:
    found = load_settings(None, {"CORE20_PSEUDONYM_KEY": SECRET})
    assert found.pseudonym_key is not None
    assert found.pseudonym_key.get_secret_value() == SECRET
    assert SECRET not in f"{found!r} {found} {found.model_dump()} {found.model_dump_json()}"


def test_another_fault_beside_a_key_does_not_show_it() -> None:
    assert "threads" in refused(None, {"CORE20_PSEUDONYM_KEY": SECRET}, threads=0)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "source": ({"source": SECRET}, "source"),
    "edition": ({"imd_editions": [2015]}, r"imd_editions"),
    "edition twice": ({"imd_editions": [2019, 2019]}, "names an edition twice"),
    "ethnicity": ({"ethnicity": "guessed"}, "ethnicity"),
    "no edition": ({"imd_editions": []}, "imd_editions"),
    "boundaries": ({"organisation_edition": 2025}, "organisation_edition"),
    "threads": ({"threads": 0}, "threads"),
    "scale": ({"sample_scale": 0}, "sample_scale"),
    "scale too large": ({"sample_scale": 51}, "sample_scale"),
    "day": ({"as_of": SECRET}, "as_of"),
    "files without feeds": ({"source": "files"}, "needs a 'feeds' table"),
    "files and feeds of the sample": (
        {"source": "files", "feeds": {"rtt": {"folder": "a"}}, "sample_feeds": ["rtt"]},
        "sample_feeds is for the fictional country",
    ),
    "feed without folder": ({"source": "files", "feeds": {"rtt": {}}}, "feeds.rtt.folder"),
    "feed with unknown key": ({"source": "files", "feeds": {"rtt": {"folder": "a", "glob": SECRET}}}, "feeds.rtt.glob"),
    "feeds as a list": ({"source": "files", "feeds": ["rtt"]}, "feeds"),
    "feeds as text": ({"source": "files", "feeds": SECRET}, "feeds"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_value_names_file_and_key(config: Path, name: str) -> None:
    values, says = BAD[name]
    said = refused(write(config, **values))
    assert says in said
    assert str(config) in said


@pytest.mark.parametrize(
    "content",
    [
        b"home: [",
        b"- a\n- b\n",
        b"just text",
        b"a: 1\n\ta: 2",
        b"home: \xff\xfe",
    ],
)
def test_a_file_that_is_no_table_of_settings_is_named(config: Path, content: bytes) -> None:
    config.write_bytes(content)
    assert str(config) in refused(config)


def test_a_file_that_cannot_be_read_is_named(config: Path) -> None:
    assert f"{config}: cannot be read (No such file or directory)" in refused(config)
    assert "cannot be read" in refused(config.parent)


def test_an_empty_file_is_the_defaults(config: Path) -> None:
    config.write_text("# nothing set\n")
    assert load_settings(config, {}) == load_settings(None, {})


def test_paths_in_a_file_are_relative_to_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    found = load_settings(
        write(
            config,
            home="data",
            source="files",
            expected_submitters="lists/submitters.csv",
            reference_mirror="mirror",
            reference_sources="sources.csv",
            feeds={"rtt": {"folder": "in/rtt"}, "ecds": {"folder": str(tmp_path / "ecds")}},
        ),
        {},
    )
    folder = config.parent
    assert found.home == folder / "data"
    assert found.expected_submitters == folder / "lists/submitters.csv"
    assert found.reference_mirror == str(folder / "mirror")
    assert found.reference_sources == folder / "sources.csv"
    assert found.feeds["rtt"].folder == folder / "in/rtt"
    assert found.feeds["ecds"].folder == tmp_path / "ecds"


def test_a_home_of_a_user_and_an_address_are_left_alone(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somebody")
    found = load_settings(write(config, home="~/core20", reference_mirror="https://mirror.example/ref"), {})
    assert found.home == Path("/somebody/core20")
    assert found.reference_mirror == "https://mirror.example/ref"


def test_paths_from_the_environment_are_relative_to_where_one_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {"CORE20_HOME": "here"}).home == tmp_path / "here"


def test_the_environment_wins_over_the_file_and_the_caller_over_both(config: Path, tmp_path: Path) -> None:
    write(config, home="a", as_of="2026-01-01", reference_mirror="b")
    environ = {
        "CORE20_HOME": str(tmp_path / "env"),
        "CORE20_AS_OF": "2026-02-02",
        "CORE20_REFERENCE_MIRROR": "/mirror",
    }
    found = load_settings(config, environ)
    assert (found.home, found.as_of, found.reference_mirror) == (tmp_path / "env", date(2026, 2, 2), "/mirror")
    assert load_settings(config, environ, as_of=date(2026, 3, 3)).as_of == date(2026, 3, 3)
    assert load_settings(config, environ, as_of=None).as_of == date(2026, 2, 2)
    assert load_settings(config, {"CORE20_AS_OF": ""}).as_of == date(2026, 1, 1)


def test_only_the_listed_environment_is_read(config: Path) -> None:
    assert load_settings(None, {"CORE20_THREADS": "9", "THREADS": "9"}).threads == 2


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CORE20_HOME", str(tmp_path / "from-process"))
    assert load_settings().home == tmp_path / "from-process"


def test_the_day_is_the_one_set_or_today() -> None:
    assert load_settings(None, {"CORE20_AS_OF": "2026-02-02"}).today == date(2026, 2, 2)
    assert load_settings(None, {}).today == date.today()


def test_settings_do_not_change_once_made() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings(None, {}).threads = 5
