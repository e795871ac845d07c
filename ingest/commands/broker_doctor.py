"""The command ``pingcheng broker doctor``."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.commands.console import fail

if TYPE_CHECKING:
    from ingest.broker.upkeep.access import Access
    from ingest.broker.upkeep.admin import NatsAdmin
    from ingest.broker.upkeep.monitor import StoreState
    from ingest.broker.upkeep.sessions import Consumer, Session, Stored
    from ingest.fault import BrokerError

_MIB = 2**20


def doctor(
    store: Annotated[
        Path, typer.Option(help="The --store of the broker, which must run.", show_default=False)
    ],
    forget: Annotated[
        list[str] | None,
        typer.Option(
            help="Remove this session or consumer, with all that waits in it; repeatable.",
            metavar="KEY",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell how full the embedded broker is, who has sessions there, and which nobody uses.

    A session holds all that is published on its topics until its client takes it:
    one that nobody comes back to fills the store. Client ids are not shown to
    their end, as whoever knows that of ingest can take its place.

    \b
    Examples:
      pingcheng broker doctor --store /var/lib/pingcheng-broker/queue
      pingcheng broker doctor --store /var/lib/pingcheng-broker/queue \\
        --forget 0kD4KTuy

    \b
    Exit codes: 0 all is in use, 1 something needs looking after (or failed),
    2 wrong use.
    """
    from ingest.broker.upkeep.access import Access
    from ingest.broker.upkeep.admin import NatsAdmin
    from ingest.broker.upkeep.monitor import Monitor
    from ingest.broker.upkeep.sessions import sessions_of, strays_of
    from ingest.fault import BrokerError

    try:
        access = Access.load(store)
        admin, monitor = NatsAdmin(access), Monitor(access.monitor_url)
        if not (state := monitor.store()).has_majority:
            fail("; ".join(state.node_faults))
        connected = monitor.connected_ids()
        stored, consumers = admin.stored_sessions(), admin.consumers()
        if forget:
            used = {one.client_id for one in sessions_of(stored, consumers, connected)
                    if one.is_connected}  # fmt: skip
            _forget(admin, forget, stored, strays_of(stored, consumers), used)
            stored, consumers = admin.stored_sessions(), admin.consumers()
        state = monitor.store()
    except BrokerError as error:
        fail(_why_silent(store, error))
    sessions, strays = sessions_of(stored, consumers, connected), strays_of(stored, consumers)
    advice = [*_advice_on_store(state, access.nodes), *_advice(sessions, strays, access)]
    if as_json:
        _print_json(state, sessions, strays, advice)
    else:
        _print(state, sessions, advice)
    if advice:
        raise typer.Exit(1)


def _why_silent(store: Path, error: "BrokerError") -> str:
    """Tell whether the broker runs at all, and what to do."""
    from ingest.broker.store_lock import is_used
    from ingest.fault import BrokerError

    try:
        runs = is_used(store)
    except BrokerError as closed:
        return str(closed)
    if runs:
        return (
            f"{error}. A broker has the store {store}, but it is halted, about to start or end, or "
            "too busy; try again, and if it stays so, start the broker again: what waits is kept"
        )
    if not store.is_dir():
        return f"there is no store {store}; give the --store of the broker"
    return (
        f"no broker runs on the store {store}; start it, such as by pingcheng broker --store "
        f"{store}, and ask again: what waits in it is kept"
    )


def _forget(
    admin: "NatsAdmin",
    keys: Sequence[str],
    stored: Sequence["Stored"],
    strays: Sequence["Consumer"],
    connected: set[str],
) -> None:
    by_key = {one.key: one for one in stored}
    names = {one.name for one in strays}
    if unknown := [key for key in keys if key not in by_key and key not in names]:
        fail(f"there is no session or consumer {', '.join(unknown)}")
    if used := [key for key in keys if key in by_key and by_key[key].record.id in connected]:
        fail(f"{', '.join(used)}: its client is connected; end that first")
    admin.forget(
        [by_key[key] for key in keys if key in by_key], [key for key in keys if key in names]
    )


def _advice_on_store(state: "StoreState", nodes: int) -> list[str]:
    from ingest.broker.upkeep.limits import ALARM_SHARE

    advice = [
        f"{fault}: start all nodes; if it stays so, move what waits into a store of three "
        "(pingcheng broker move)"
        for fault in state.node_faults
    ]
    if state.nodes < nodes:
        advice.append(f"of the {nodes} nodes {state.nodes} have ever met: start the others")
    if state.share < ALARM_SHARE:
        return advice
    told = "the store fills: start ingest if it is away; else make room on the disk, or start the"
    return [*advice, f"{told} broker with a higher --limit"]


def _advice(
    sessions: Sequence["Session"], strays: Sequence["Consumer"], access: "Access"
) -> list[str]:
    from ingest.broker.upkeep.sessions import outdated

    told = []
    for one in sessions:
        if one.is_connected or not one.consumers:
            continue
        told.append(
            f"session {one.key} ({one.shown_id}) is not connected since {one.since:%Y-%m-%d %H:%M} "
            f"UTC or before, and keeps what is published: {one.waiting:,} wait. Start its client; "
            f"if nobody needs it any more: --forget {one.key}"
        )
    told += [
        f"consumer {one.name} belongs to no session, and keeps what is published on {one.topic}: "
        f"{one.waiting:,} wait. Nobody can have them: --forget {one.name}"
        for one in strays
    ]
    consumers = [one for session in sessions for one in session.consumers]
    if old := outdated(consumers, access.ack_wait_s, access.max_ack_pending):
        told.append(
            f"{len(old)} consumers have other settings than the broker's (ack_wait "
            f"{access.ack_wait_s:g} s, max_ack_pending {access.max_ack_pending}): start the broker "
            "again, which renews them"
        )
    return told


def _print(state: "StoreState", sessions: Sequence["Session"], advice: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    typer.echo(
        f"the store is {state.share:.0%} full: {state.waiting:,} messages wait, "
        f"{state.waiting_bytes / _MIB:,.0f} of {state.limit_bytes / _MIB:,.0f} MiB"
    )
    if state.nodes > 1:
        typer.echo(f"it is kept on {state.replicas} of {state.nodes} nodes, {state.leader} leads")
    keeping = [one for one in sessions if one.consumers]
    if keeping:
        table = Table("session", "client", "connected", "waiting", "since (UTC)", "topics",
                      box=box.SIMPLE)  # fmt: skip
        for one in keeping:
            table.add_row(
                one.key,
                escape(one.shown_id),
                "yes" if one.is_connected else "no",
                f"{one.waiting:,}",
                f"{one.since:%Y-%m-%d %H:%M}",
                escape(", ".join(one.topics)),
            )
        Console(width=120).print(table)
    others = [one for one in sessions if not one.consumers]
    here = sum(one.is_connected for one in others)
    typer.echo(f"{len(others):,} sessions keep no messages, {here:,} of them are connected")
    for line in advice:
        typer.echo(f"- {line}")


def _print_json(
    state: "StoreState",
    sessions: Sequence["Session"],
    strays: Sequence["Consumer"],
    advice: Sequence[str],
) -> None:
    import json

    def shown(one: "Session") -> dict[str, Any]:
        fields = asdict(one) | {"client_id": one.shown_id, "waiting": one.waiting}
        return fields | {"topics": one.topics}

    document = {
        "store": asdict(state) | {"share": state.share},
        "sessions": [shown(one) for one in sessions],
        "strays": [asdict(one) for one in strays],
        "advice": list(advice),
    }
    typer.echo(json.dumps(document, ensure_ascii=False, default=str))
