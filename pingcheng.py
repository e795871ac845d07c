"""The command ``pingcheng``: joins the command groups of the packages and holds no logic."""

import typer

from analytics.alert_commands import alerts_app
from analytics.commands import demo, evaluate
from analytics.dashboard.commands import serve, up
from analytics.dashboard.user_commands import user_app
from analytics.nightly_commands import nightly
from analytics.plan_store_commands import list_plans, store_plan
from analytics.report_commands import report
from analytics.tracking_commands import tracking
from analytics.verdict_commands import verdict_app
from analytics.worklist_commands import worklist
from geofence.commands.plan import plan_app
from ingest.commands.broker import broker_app
from ingest.commands.database import archive, database_app
from ingest.commands.ingest import counters, ingest
from ingest.commands.quarantine import quarantine_app
from simulators.commands import simulators_app

app = typer.Typer(
    name="pingcheng",
    help="Did the truck really collect on this street, in its window, and can you prove it?",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
plan_app.command("store")(store_plan)
plan_app.command("versions")(list_plans)
app.add_typer(plan_app)
app.add_typer(broker_app)
app.add_typer(quarantine_app)
app.add_typer(database_app)
app.add_typer(alerts_app)
app.add_typer(user_app)
app.add_typer(simulators_app)
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


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
