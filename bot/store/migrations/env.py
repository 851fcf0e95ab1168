"""How Alembic runs here: on the connection that `bot.store.migrating` hands over, in the transaction it began."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
