"""Verification: a byte changed anywhere is found, and the part that changed is named."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import duckdb
import pytest

from pipeline.release import ReleaseDamaged, list_releases, rollback, verify
from pipeline.release.verify import verify_folder
from pipeline.settings import Settings
from tests.faults.listed import fault
from tests.unit.release.release_candidate import make, published

PARTS = (
    "certificate.md", "core20.duckdb", "csv/indicator_value.csv", "csv/release.csv", "manifest.json", "notes.md",
    "parquet/indicator_value.parquet", "parquet/release.parquet", "receipt.json", "SHA256SUMS",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = make(tmp_path_factory.mktemp("home"))
    published(settings)
    return settings


@pytest.fixture
def settings(whole: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(whole.home, tmp_path / "home", symlinks=True)
    return Settings(home=tmp_path / "home")


def damage(settings: Settings) -> tuple[str, ...]:
    with pytest.raises(ReleaseDamaged) as caught:
        verify(settings)
    return caught.value.faults


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


@fault(
    "storage: one flipped byte in a release",
    "one bit of each part of a release is flipped",
    "verify names the part",
    "pointer",
)
@pytest.mark.parametrize("part", PARTS)
def test_a_flipped_byte_names_its_part(settings: Settings, part: str) -> None:
    path = settings.releases / "R1" / part
    content = path.read_bytes()
    for at in {0, len(content) - 1, *random.Random(part).sample(range(len(content)), 15)}:  # noqa: S311
        flip(path, at)
        faults = damage(settings)
        assert all(fault.startswith(part) for fault in faults), (at, faults)
        flip(path, at)
    verify(settings)


@pytest.mark.parametrize("part", PARTS)
def test_without_a_history_the_damaged_part_is_still_named(settings: Settings, part: str) -> None:
    folder = settings.releases / "R1"
    size = (folder / part).stat().st_size
    for at in random.Random(part).sample(range(size), 8):  # noqa: S311
        flip(folder / part, at)
        with pytest.raises(ReleaseDamaged) as caught:
            verify_folder(folder, "R1")
        named = {fault.split(" ")[0] for fault in caught.value.faults}
        # A change of the manifest's own line in the checksums could be a change of either.
        assert named == {part} or (part == "SHA256SUMS" and named == {"manifest.json"}), (at, caught.value.faults)
        flip(folder / part, at)


def test_a_missing_an_added_and_a_cut_part_are_named(settings: Settings) -> None:
    folder = settings.releases / "R1"
    (folder / "csv" / "release.csv").unlink()
    (folder / "core20.duckdb.wal").write_bytes(b"")
    (folder / "notes.md").chmod(0o644)
    (folder / "notes.md").write_text("")
    assert damage(settings) == (
        "csv/release.csv is missing",
        "core20.duckdb.wal does not belong to the release",
        "notes.md was changed",
    )


@pytest.mark.parametrize("part", ["manifest.json", "SHA256SUMS"])
def test_a_missing_manifest_or_checksums_is_named(settings: Settings, part: str) -> None:
    (settings.releases / "R1" / part).unlink()
    assert damage(settings) == (f"{part} cannot be read (No such file or directory)",)


def test_a_release_under_another_name_is_not_that_release(settings: Settings) -> None:
    (settings.releases / "R1").rename(settings.releases / "R5")
    with pytest.raises(ReleaseDamaged, match=r"manifest\.json names another release"):
        verify(settings, "R5")
    assert damage(settings) == ("its folder is gone",)


def test_a_consistent_forgery_is_found_by_the_history(settings: Settings, tmp_path: Path) -> None:
    """A release rebuilt with other figures, all its own hashes right, is not the one that was published."""
    other = published(make(tmp_path / "other", version=2)).path
    shutil.rmtree(settings.releases / "R1")
    shutil.copytree(other, settings.releases / "R1")
    assert damage(settings) == ("manifest.json was changed",)
    verify_folder(settings.releases / "R1", "R1")


def test_a_database_in_a_newer_format_is_refused(settings: Settings) -> None:
    if duckdb.__version__.startswith("1."):
        pytest.skip("this engine's default format is an old one")
    path = settings.releases / "R1" / "core20.duckdb"
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table release as select 1 as a")
    faults = damage(settings)
    assert faults == ("core20.duckdb was changed",)


@fault(
    "storage: one flipped byte in a release",
    "a damaged release is rolled back to, and published over",
    "both are refused",
    "pointer",
)
def test_a_damaged_release_is_neither_rolled_back_to_nor_published_over(settings: Settings, tmp_path: Path) -> None:
    second = make(settings.home, release_id="R2", version=2)
    published(second)
    flip(settings.releases / "R1" / "csv" / "release.csv", 3)
    with pytest.raises(ReleaseDamaged, match=r"csv/release\.csv was changed"):
        rollback(second)
    assert verify(second).release_id == "R2"
    flip(settings.releases / "R2" / "notes.md", 3)
    with pytest.raises(ReleaseDamaged, match=r"notes\.md was changed"):
        published(second)


def test_listing_names_a_release_whose_manifest_is_gone(settings: Settings) -> None:
    (settings.releases / "R1" / "manifest.json").unlink()
    with pytest.raises(ReleaseDamaged, match=r"manifest\.json cannot be read"):
        list_releases(settings)


def test_listing_does_not_trust_a_manifest_that_was_edited(settings: Settings) -> None:
    path = settings.releases / "R1" / "manifest.json"
    path.chmod(0o644)
    path.write_text(path.read_text().replace(": ", ":  ", 1))
    with pytest.raises(ReleaseDamaged, match=r"manifest\.json is not the document that was written"):
        list_releases(settings)
