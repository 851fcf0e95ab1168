"""The only folder that knows the database: tables, migrations, jobs, audit."""
