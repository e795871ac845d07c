"""Run the migrations on the connection that `ingest.log.schema` hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,  # the connection is in a transaction, which holds all steps
)
context.run_migrations()
