"""The command ``pingcheng``: joins the command groups of the packages and holds no logic."""

import typer

from analytics.commands.alerts import alerts_app
from analytics.commands.demo import demo
from analytics.commands.evaluate import evaluate
from analytics.commands.nightly import nightly
from analytics.commands.plan_fit import fit_of
from analytics.commands.plan_store import list_plans, store_plan
from analytics.commands.report import report
from analytics.commands.serve import serve, up
from analytics.commands.tracking import tracking
from analytics.commands.user import user_app
from analytics.commands.verdict import verdict_app
from analytics.commands.worklist import worklist
from geofence.commands.fleet import extent_of, vehicles_in
from geofence.commands.plan import ask_fit_with, plan_app
from ingest.commands.broker import broker_app
from ingest.commands.database import archive, database_app
from ingest.commands.fleet import PlanReader, read_plans_with
from ingest.commands.ingest import counters, ingest
from ingest.commands.quarantine import quarantine_app
from ingest.commands.quarantine_room import list_counted, prune_quarantine
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
read_plans_with(PlanReader(vehicles_in, extent_of))
ask_fit_with(fit_of)
plan_app.command("store")(store_plan)
plan_app.command("versions")(list_plans)
app.add_typer(plan_app)
app.add_typer(broker_app)
quarantine_app.command("counted")(list_counted)
quarantine_app.command("prune")(prune_quarantine)
app.add_typer(quarantine_app)
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
    app()


if __name__ == "__main__":
    main()
