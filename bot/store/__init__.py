"""The only folder that knows the database: tables, migrations, transactions, jobs, audit."""
