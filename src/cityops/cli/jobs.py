"""The verb `cityops jobs`: does all that runs by itself, until stopped."""

import os
from datetime import timedelta
from pathlib import Path

from cityops.cli.maintain import AuditDays, ReadingsDays, RejectsDays, RollupsDays
from cityops.cli.up import stop_on_signal
from cityops.domain.retention import AUDIT_DAYS, READINGS_DAYS, REJECTS_DAYS, ROLLUPS_DAYS, Retention
from cityops.listening import MetricsPort, serve_metrics


def jobs(
    readings_days: ReadingsDays = READINGS_DAYS,
    rollups_days: RollupsDays = ROLLUPS_DAYS,
    rejects_days: RejectsDays = REJECTS_DAYS,
    audit_days: AuditDays = AUDIT_DAYS,
    metrics_port: MetricsPort = 0,
) -> None:
    """Judge devices, raise alarms, keep cases going, learn what is usual, make reports, look after the store.

    Until stopped. Several may run: of each job one of them is the leader, and another goes on when it is gone.
    `cityops devices watch` and `cityops maintain --every` do one job alone; floods are minded where the address of
    the broker's administrator is known, packs are made where their folder and a key of the API are.
    """
    from cityops.indicators import folder, reports_folder
    from cityops.jobs import alarms, baselines, cases, devices, floods, leader, maintenance, packs, reports
    from cityops.log import configure
    from cityops.presence import marks_of
    from cityops.services.processes import present
    from cityops.settings import settings
    from cityops.store.engine import make_engine

    configure()
    serve_metrics(metrics_port)
    keep = Retention(*(timedelta(days=days) for days in (readings_days, rollups_days, rejects_days, audit_days)))
    settings().check_addresses("mqtt_admin_url", "api_url")
    url, broker = settings().require_database(), settings().mqtt_admin_url
    engine = make_engine(url)
    work = [devices.watch(), alarms.alarms(), cases.upkeep(engine), maintenance.maintain(engine, broker, keep)]
    work += [baselines.baselines(engine), reports.reports(engine)]
    work += [floods.floods(engine, broker, "cityops jobs")] if broker else []
    given = settings()
    if given.packs and given.api_key:
        work.append(packs.packs(Path(given.packs), given.api_url, given.api_key))
    marks = marks_of(folders={"CITYOPS_INDICATORS": folder(), "CITYOPS_REPORTS": reports_folder()})
    with present(url, "jobs", str(os.getpid()), marks):
        leader.run_all(work, url, stop_on_signal())
    engine.dispose()
