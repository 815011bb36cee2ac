"""Our lanes beside procrastinate and PGMQ, on one PostgreSQL: what each keeps, and how fast."""
