"""The verb `cityops ingest replay`: stores rejects after all once their cause is mended, and says what came of it."""

import os
import socket
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cityops.cli.access.administering import recorded
from cityops.cli.here import adopt
from cityops.cli.lists import local, show_list
from cityops.cli.rejects import ReasonOption, SinceOption, SourceOption, UntilOption, filter_of
from cityops.clock import utc_now
from cityops.domain.audit import Action
from cityops.domain.rejects import Reason, ReplayOutcome

if TYPE_CHECKING:
    from cityops.store.rejects import replay as reject_replay


def replay(
    reason: ReasonOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    adapters: Annotated[
        Path | None, typer.Option(help="The file of routes that the workers use, if any.", show_default="none")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, the oldest first.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Try it, tell what would come of it, keep nothing.")
    ] = False,
) -> None:
    """Store open rejects after all, each once; what is refused again stays open. Ingest may run meanwhile."""
    from cityops.services.rejects import named
    from cityops.settings import settings
    from cityops.store.engine import connect, connect_writer
    from cityops.store.rejects import replay as reject_replay
    from cityops_ingest.formats.routing import NO_ROUTES, read_routes
    from cityops_ingest.rejects import Replay

    adopt()
    url, wanted = settings().require_database(), filter_of(reason, source, since, until)
    routes = read_routes(adapters) if adapters else NO_ROUTES
    worker = f"{socket.gethostname()}:{os.getpid()}"
    counts: Counter[tuple[str, str]] = Counter()
    items: Counter[str] = Counter()
    detail: dict[str, Any] = {"filter": named(wanted)}
    with (
        nullcontext() if dry_run else recorded(url, Action.REJECT_REPLAY, "rejects", detail),
        connect_writer(url, "cityops replay") as store,
        connect(url, "cityops replay registry") as registry,
    ):
        extent = reject_replay.extent(store, wanted)
        total = extent.replayable if limit is None else min(limit, extent.replayable)
        with _progress() as progress:
            task = progress.add_task("replaying", total=total)
            for tried in Replay(store, registry, worker, routes).run(wanted, limit, dry_run=dry_run):
                counts.update((one.outcome.value, one.reason or "") for _, one in tried)
                items.update({"stored": sum(one.stored for _, one in tried)})
                items.update({"duplicate": sum(one.duplicate for _, one in tried)})
                detail |= items
                progress.advance(task, len(tried))
    _print(counts, items, extent, dry_run=dry_run)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _print(
    counts: Counter[tuple[str, str]], items: Counter[str], extent: "reject_replay.Extent", *, dry_run: bool
) -> None:
    would = "nothing was kept: " if dry_run else ""
    rows: list[dict[str, object]] = []
    explained = {one.value: one.explanation for one in Reason}
    for (outcome, reason), n in sorted(counts.items()):
        name = "refused again" if outcome == ReplayOutcome.REFUSED else outcome
        rows.append({"outcome": name, "rejects": n, "reason": f"{reason}: {explained[reason]}" if reason else ""})
    if counts:
        title = f"as of {local(utc_now(), seconds=True)}"
        show_list(title, ("outcome", "rejects", "reason"), rows, prose=("reason",))
    else:
        typer.echo("no open reject of these can be replayed")
    typer.echo(f"{would}{items['stored']:,} readings or event steps stored, {items['duplicate']:,} there already")
    if extent.cut:
        typer.echo(f"{extent.cut:,} cannot be replayed: only the first 64 KiB of them were kept", err=True)
    if extent.topic_lost:
        typer.echo(f"{extent.topic_lost:,} cannot be replayed: their topic is not UTF-8", err=True)
