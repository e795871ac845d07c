"""The command ``pingcheng``: joins the command groups of the packages and holds no logic."""

import typer

from analytics.commands import demo, evaluate
from geofence.commands import plan_app
from ingest.commands import broker, counters, ingest
from simulators.commands import simulators_app

app = typer.Typer(
    name="pingcheng",
    help="Did the truck really collect on this street, in its window, and can you prove it?",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.add_typer(plan_app)
app.add_typer(simulators_app)
app.command("ingest")(ingest)
app.command("evaluate")(evaluate)
app.command("demo")(demo)
app.command("counters")(counters)
app.command("broker")(broker)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
