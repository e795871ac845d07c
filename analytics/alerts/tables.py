"""Tables of alerts in the database of the ping log, made by its migration 0005."""

import sqlalchemy as sa

metadata = sa.MetaData()

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("service_date", sa.Text, nullable=False),
    sa.Column("window", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("held_since_ms", sa.BigInteger),
    sa.Column("raised_ms", sa.BigInteger),
    sa.Column("said_ms", sa.BigInteger),
    sa.Column("clear_since_ms", sa.BigInteger),
    sa.Column("ended_ms", sa.BigInteger),
    sa.Column("end_said_ms", sa.BigInteger),
    sa.Column("escalated_ms", sa.BigInteger),
    sa.Column("acknowledged_ms", sa.BigInteger),
    sa.Column("acknowledged_by", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("service_date", "window", "kind", "subject", name="uq_alerts_key"),
)
"""`analytics.alerts.alert.AlertState`, one a row; `facts` is JSON. What never became an alert is
deleted when its condition has gone."""

deliveries = sa.Table(
    "alert_deliveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("next_try_ms", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("sent_ms", sa.BigInteger),
    sa.Column("given_up_ms", sa.BigInteger),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
)
"""The outbox: what is to be sent to whom, written with the alerts that it tells of. For MQTT the
title is the topic and the body the payload. ``next_try_ms`` is also the end of a claim."""

# what waits is looked for every some seconds, and there is little of it
sa.Index(
    "ix_alert_deliveries_waiting",
    deliveries.c.next_try_ms,
    sqlite_where=sa.and_(deliveries.c.sent_ms.is_(None), deliveries.c.given_up_ms.is_(None)),
    postgresql_where=sa.and_(deliveries.c.sent_ms.is_(None), deliveries.c.given_up_ms.is_(None)),
)
