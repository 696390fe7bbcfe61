"""Alembic's entry: runs the migrations on the connection it is handed, in the caller's transaction.

Alembic executes this file; it knows no URL and opens nothing itself (see adapters/db_migrate.py).
"""

from __future__ import annotations

from alembic import context

from bridge.adapters import (  # noqa: F401  tables of the shape
    db_tables_access,
    db_tables_analysis,
    db_tables_deadlines,
    db_tables_erasures,
    db_tables_handling,
    db_tables_review,
)
from bridge.adapters.db_tables import METADATA
from bridge.adapters.db_tables_search import described

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite can't alter a column in place
    compare_type=True,
    include_name=described,
)
with context.begin_transaction():
    context.run_migrations()
