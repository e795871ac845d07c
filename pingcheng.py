"""The command ``pingcheng``: joins the command groups of the packages and holds no logic."""

import typer

from analytics.commands.alerts import alerts_app
from analytics.commands.demo import demo
from analytics.commands.evaluate import evaluate
from analytics.commands.nightly import nightly
from analytics.commands.plans.plan_apply import apply
from analytics.commands.plans.plan_diff import diff
from analytics.commands.plans.plan_fit import fit_of, fixes_of
from analytics.commands.plans.plan_store import list_plans, store_plan
from analytics.commands.plans.plan_trackers import trackers_of
from analytics.commands.reassign import reassign
from analytics.commands.report import report
from analytics.commands.serve import edit_plan, serve, up
from analytics.commands.tracking import tracking
from analytics.commands.user import user_app
from analytics.commands.verdict import verdict_app
from analytics.commands.worklist import worklist
from geofence.commands.fleet import PlanFleet, extent_of, timezone_in, vehicles_in
from geofence.commands.locate import locate as locate_streets
from geofence.commands.map_reading import ask_fixes_with
from geofence.commands.new_plan import new as new_plan
from geofence.commands.plan import ask_fit_with, ask_trackers_with, plan_app
from ingest.commands.broker import broker_app
from ingest.commands.database import archive, database_app
from ingest.commands.device import device_app
from ingest.commands.file_look import file_app
from ingest.commands.fleet import PlanReader, read_plans_with
from ingest.commands.gateway import gateway_app
from ingest.commands.ingest import counters, ingest
from ingest.commands.quarantine import quarantine_app
from ingest.commands.quarantine_room import list_counted, prune_quarantine
from ingest.program_log import log_to_stderr
from simulators.commands.city import city
from simulators.commands.replay import replay
from simulators.commands.score import score
from simulators.commands.simulate import simulate

app = typer.Typer(
    name="pingcheng",
    help="Did the truck really collect on this street, in its window, and can you prove it?",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
read_plans_with(PlanReader(vehicles_in, extent_of, PlanFleet, timezone_in))
ask_fit_with(fit_of)
ask_fixes_with(fixes_of)
ask_trackers_with(trackers_of)
plan_app.command("edit")(edit_plan)
plan_app.command("new")(new_plan)
plan_app.command("locate")(locate_streets)
plan_app.command("store")(store_plan)
plan_app.command("versions")(list_plans)
plan_app.command("diff")(diff)
plan_app.command("apply")(apply)
app.add_typer(plan_app)
app.add_typer(broker_app)
app.add_typer(gateway_app)
quarantine_app.command("counted")(list_counted)
quarantine_app.command("prune")(prune_quarantine)
app.add_typer(quarantine_app)
app.add_typer(device_app)
app.add_typer(file_app)
database_app.command("reassign")(reassign)
app.add_typer(database_app)
app.add_typer(alerts_app)
app.add_typer(user_app)
app.add_typer(verdict_app)
app.command("ingest")(ingest)
app.command("evaluate")(evaluate)
app.command("report")(report)
app.command("nightly")(nightly)
app.command("tracking")(tracking)
app.command("worklist")(worklist)
app.command("serve")(serve)
app.command("up")(up)
app.command("demo")(demo)
app.command("counters")(counters)
app.command("archive")(archive)
app.command("simulate")(simulate)
app.command("replay")(replay)
app.command("city")(city)
app.command("score")(score)


def main() -> None:
    """Run the command line."""
    log_to_stderr()  # what a command prints may be a table that another program reads
    app()


if __name__ == "__main__":
    main()
