"""The command line: run a night, look at what came of it, check a file.

Belongs here: arguments, plain answers and exit codes. Does not belong here: work of any kind.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from pipeline.settings import SettingsError, load_settings

PUBLISHED, DEGRADED, HELD, INFRASTRUCTURE = 0, 10, 20, 30
_CODES = {"published": PUBLISHED, "degraded": DEGRADED, "held": HELD}

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Core20PLUS5 inequality indicators: exit codes are 0 published, 10 degraded, 20 held, 30 infrastructure.",
)
console = Console(highlight=False, soft_wrap=True)
if not console.is_terminal:
    console = Console(highlight=False, soft_wrap=True, width=130)

Config = Annotated[
    Path | None, typer.Option("--config", help="YAML file of settings; without it the embedded sample runs.")
]


@app.command()
def run(config: Config = None) -> None:
    """Run the nightly: land, transform, judge, publish."""
    from pipeline.quality.ahead import NIGHT_JUDGE

    with _plain_errors():
        settings = load_settings(config)
        started = time.monotonic()
        # Beside our own imports: one process imports with one core.
        NIGHT_JUDGE.start()
        from pipeline.orchestration.command import run_nightly

        def say(line: str) -> None:
            console.print(f"  {time.monotonic() - started:5.0f} s  {line}", markup=False)

        try:
            night = run_nightly(settings, config, say)
        finally:
            NIGHT_JUDGE.end()
        for line in night.lines:
            console.print(line)
        if night.release is not None:
            _show_gaps(night.release / "core20.duckdb")
            console.print(f"Release: {night.release}")
            console.print(
                f"  query it:  duckdb -readonly {night.release / 'core20.duckdb'}   (or read parquet/ and csv/)"
            )
            console.print(f"  read it:   {night.release / 'certificate.md'} and notes.md")
            console.print("  watch it:  make dev, then the address it prints")
    raise typer.Exit(night.exit_code if night.exit_code is not None else _CODES[night.state])


@app.command()
def status(
    config: Config = None,
    max_age: Annotated[
        float | None,
        typer.Option("--max-age", min=0, help="Hours: exit with 30 if no night ended since, for an outside heartbeat."),
    ] = None,
) -> None:
    """Say which release is current, what last night decided, and what is missing."""
    from pipeline.orchestration.command import night_status

    with _plain_errors():
        found = night_status(load_settings(config), timedelta(hours=max_age) if max_age is not None else None)
    for line in found.lines:
        console.print(line)
    if found.timeliness:
        table = Table("feed", "newest period", "due", "received", "status", title="Feeds", title_justify="left")
        for row in found.timeliness:
            table.add_row(*row)
        console.print(table)
    raise typer.Exit(found.exit_code if found.exit_code is not None else _CODES[found.state])


@app.command()
def releases(config: Config = None) -> None:
    """List every release, the current one marked."""
    from pipeline.release import list_releases

    with _plain_errors():
        found = list_releases(load_settings(config))
    if not found:
        console.print("There is no release yet: run `core20 run`.")
        raise typer.Exit(INFRASTRUCTURE)
    table = Table("", "release", "state", "synthetic", "rows", "content sha256")
    for item in found:
        rows = f"{sum(item.rows.values()):,}"
        table.add_row(
            "current" if item.is_current else "",
            item.release_id,
            item.verdict,
            "yes" if item.is_synthetic else "no",
            rows,
            item.content_sha256[:16],
        )
    console.print(table)


@app.command()
def verify(
    release_id: Annotated[str | None, typer.Argument(help="Release to verify; the current one by default.")] = None,
    config: Config = None,
) -> None:
    """Read every part of a release again and compare it with its manifest."""
    from pipeline.release import verify as verify_release

    with _plain_errors():
        release = verify_release(load_settings(config), release_id)
    console.print(f"Release {release.release_id} is whole: every part is what was published ({release.path}).")


@app.command()
def rollback(
    to: Annotated[str | None, typer.Option("--to", help="Release to make current; the one before by default.")] = None,
    config: Config = None,
) -> None:
    """Make an earlier release current again, after verifying it."""
    from pipeline.release import rollback as roll_back

    with _plain_errors():
        release = roll_back(load_settings(config), to)
    console.print(f"Release {release.release_id} is current.")


@app.command()
def rejudge(
    policy: Annotated[
        Path, typer.Argument(help="Policy file, in the form of reference_data/policies/publication.yml.")
    ],
    release_id: Annotated[str | None, typer.Option("--release", help="Release whose counts are judged.")] = None,
    config: Config = None,
) -> None:
    """Say what another policy would have made of a release, from its stored counts; nothing is changed."""
    from pipeline.catalogue.policy import load_policy
    from pipeline.quality.rejudge import rejudge as judge_again
    from pipeline.release import verify as verify_release

    with _plain_errors():
        settings = load_settings(config)
        release = verify_release(settings, release_id)
        kept = settings.kept_measures / f"{release.release_id}.parquet"
        found = judge_again(release.path, kept, load_policy(policy))
    console.print(f"Release {release.release_id} was {release.verdict}; by this policy it is {found.verdict.state}.")
    for finding in found.verdict.findings:
        console.print(f"  {finding.sentence}", markup=False)
    table = Table("feed", "rule", "failed before", "failed now", title="Rules that differ", title_justify="left")
    for feed, rule, before, now in found.failures:
        if before != now:
            table.add_row(feed, rule, f"{before:,}", f"{now:,}")
    console.print(table if table.row_count else "Every rule fails for as many measures as before.")
    raise typer.Exit(_CODES[found.verdict.state])


@app.command()
def ui(
    config: Config = None,
    port: Annotated[int, typer.Option("--port", help="Port on the loopback address.")] = 3000,
) -> None:
    """Serve the Dagster UI and its daemon on the loopback address until interrupted."""
    from pipeline.orchestration.command import serve_ui

    with _plain_errors():
        settings = load_settings(config)
        console.print(f"The Dagster UI will be at http://127.0.0.1:{port} (Ctrl-C ends it).")
        console.print(f"What monitors watch:      http://127.0.0.1:{port}/assets/quality/data_quality")
        console.print(f"The quality reports:      http://127.0.0.1:{port + 1}")
        raise typer.Exit(serve_ui(settings, config, port))


@app.command()
def sample(config: Config = None) -> None:
    """Make the files of the fictional country, if they are not there; `run` does so too."""
    from pipeline.files import shared_folder
    from pipeline.sample import generate

    with _plain_errors():
        settings = load_settings(config)
        shared_folder(settings.home)
        folder = generate(settings, progress=lambda line: console.print(f"  {line}", markup=False))
    console.print(f"The fictional country is in {folder}.")


@app.command()
def bench(
    millions: Annotated[float, typer.Option("--millions", min=0.01, help="Millions of records to generate.")] = 2.0,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of the build database.")] = 2,
) -> None:
    """Time each layer on generated records, beside a raw scan of the same columns."""
    from pipeline.orchestration.bench import run_benchmark

    timings = run_benchmark(millions, threads, say=lambda line: console.print(f"  {line}"))
    scan = next(item.seconds for item in timings if item.layer == "raw scan")
    table = Table("layer", "seconds", "records a second", "peak MiB", "times the raw scan")
    for item in timings:
        table.add_row(
            item.layer,
            f"{item.seconds:.2f}",
            f"{item.records_per_second:,.0f}",
            f"{item.peak_mib:,.0f}",
            f"{item.seconds / scan:.1f}",
        )
    console.print(table)


@app.command("check-file")
def check_file(
    feed: Annotated[str, typer.Argument(help="Feed the file belongs to, such as sus_apc.")],
    path: Annotated[Path, typer.Argument(help="File to judge. It is not loaded.")],
    config: Config = None,
) -> None:
    """Judge a file without loading it, in words a supplier can act on."""
    from pipeline.landing import check_file as judge_file

    with _plain_errors():
        judgement = judge_file(feed, path, load_settings(config))
    if judgement.is_sound:
        console.print(
            f"{path.name}: would be loaded as {feed} ({judgement.layout}), period {', '.join(judgement.periods)}: "
            f"{judgement.rows_in:,} rows in, {judgement.rows_loaded:,} loaded, {judgement.rows_rejected:,} rejected."
        )
    else:
        console.print(f"{path.name}: {judgement.verdict} ({judgement.reason}). {judgement.message}")
    for reason, rows in sorted(judgement.reject_reasons.items()):
        console.print(f"  {rows:,} rows rejected: {reason}")
    raise typer.Exit(PUBLISHED if judgement.is_sound else HELD)


@app.command()
def fetch(config: Config = None) -> None:
    """Fetch the reference files from their publishers, or from CORE20_REFERENCE_MIRROR."""
    from pipeline.reference import fetch_reference

    with _plain_errors():
        reports = fetch_reference(load_settings(config))
    for report in reports:
        console.print(report.sentence)
    if any(report.status == "failed" for report in reports):
        raise typer.Exit(INFRASTRUCTURE)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Errors the product knows, and the file system's, are one line and exit code 30; held is told by the caller."""
    from pipeline.catalogue.due import CalendarError
    from pipeline.catalogue.feeds import ContractError
    from pipeline.catalogue.indicators import IndicatorError
    from pipeline.catalogue.policy import PolicyError
    from pipeline.landing import LandingError
    from pipeline.reference import ReferenceError_
    from pipeline.release import ReleaseError
    from pipeline.warehouse.database import BuildLocked

    known = (
        SettingsError,
        ContractError,
        CalendarError,
        IndicatorError,
        PolicyError,
        LandingError,
        ReferenceError_,
        ReleaseError,
        BuildLocked,
    )
    try:
        yield
    except known as error:
        console.print(f"{type(error).__name__.rstrip('_')}: {error}", markup=False)
        raise typer.Exit(INFRASTRUCTURE) from None
    except OSError as error:
        what = error.filename or "A file or folder"
        console.print(f"{what}: cannot be read or written ({error.strerror or type(error).__name__}).", markup=False)
        raise typer.Exit(INFRASTRUCTURE) from None
    except typer.Exit:
        raise
    except Exception as error:
        # A foreign error: its message and its traceback may hold values.
        console.print(
            f"Failed: an unexpected error ({type(error).__name__}); `core20 status` says which release is current.",
            markup=False,
        )
        raise typer.Exit(INFRASTRUCTURE) from None


indicators = typer.Typer(no_args_is_help=True, help="What the indicators are, and the stubs of a new one.")
app.add_typer(indicators, name="indicators")


@indicators.command("list")
def list_indicators() -> None:
    """Every indicator with its feed and evidence."""
    from pipeline.catalogue.indicators import load_indicators

    with _plain_errors():
        names = (Column("id", no_wrap=True), "name", "feed", "measure", "evidence")
        table = Table(*names, title="Indicators", title_justify="left")
        for item in load_indicators().values():
            table.add_row(item.id, item.name, item.feed, item.measure_type, item.evidence_text)
        console.print(table)


@indicators.command()
def show(indicator_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Definition, code lists, target, sources and evidence of one indicator."""
    from pipeline.catalogue.handbook import describe
    from pipeline.catalogue.indicators import IndicatorError, load_indicators

    with _plain_errors():
        known = load_indicators()
        if indicator_id not in known:
            raise IndicatorError(f"there is no indicator '{indicator_id}'; `core20 indicators list` names them all")
        for line in describe(known[indicator_id]):
            console.print(line, markup=False)


@indicators.command()
def new(
    indicator_id: Annotated[str, typer.Argument(metavar="ID")],
    area: Annotated[str, typer.Option(help="Clinical area: a folder of dbt_project/models/indicators.")],
    feed: Annotated[str, typer.Option(help="Feed it is counted from.")] = "sus_apc",
) -> None:
    """Write the stubs of a new indicator; `make check` fails until they are filled in."""
    from pipeline.catalogue.handbook import write_stub

    with _plain_errors():
        sql, yml = write_stub(indicator_id, area, feed)
    console.print(f"1. Who counts:        {sql}", markup=False)
    console.print(f"2. What it means:     {yml}", markup=False)
    console.print("3. Add its model to:  dbt_project/models/indicators/int_indicator__counted.sql")
    console.print("Then a specification test in tests/spec, and `make prepare`.")


def _show_gaps(database: Path) -> None:
    from pipeline.release.summary import largest_gaps

    rows, is_synthetic = largest_gaps(database)
    title = "Largest relative gaps, most over least deprived fifth" + (
        " (SYNTHETIC: these mean nothing)" if is_synthetic else ""
    )
    table = Table(title=title, title_justify="left")
    table.add_column("indicator", no_wrap=True, overflow="ellipsis", max_width=46)
    for name in ("period to", "IMD", "ratio", "95 % limits", "difference", "unit"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def main() -> None:
    """Entry point of `core20`."""
    app()


if __name__ == "__main__":
    main()
