"""Protect a trust's tables in migrations: row-level security and the audit trail in one step.

The policies read the settings without ``missing_ok``, so a transaction without a scope gets an error, never an empty
page. (A pooled connection leaves '' behind, which is not an array either.)
"""

from django.db import migrations

IN_TRUST = "trust_id = ANY (current_setting('app.trust_ids')::bigint[])"
IN_SCHOOL = (
    "CASE current_setting('app.school_ids') WHEN 'all' THEN true "
    "ELSE school_id = ANY (current_setting('app.school_ids')::bigint[]) END"
)
OWN_OR_IN_TRUST = f"(user_id = current_setting('app.user_id')::bigint OR {IN_TRUST})"


def protect(table: str, *, by_school: bool = False, append_only: bool = False) -> migrations.RunSQL:
    """Return the operation that limits ``table`` to the rows in scope and audits every change.

    ``by_school`` also limits it to the schools in scope, for example for returns and observations. Without it, every
    role in the trust that passes the permission check sees the row, for example the calendar and meetings.
    ``append_only`` leaves UPDATE and DELETE without a policy, so that they change no row, for example of decisions.
    """
    rule = f"{IN_TRUST} AND {IN_SCHOOL}" if by_school else IN_TRUST
    if append_only:
        policies = f"""
            CREATE POLICY read_in_scope ON {table} FOR SELECT USING ({rule});
            CREATE POLICY append_in_scope ON {table} FOR INSERT WITH CHECK ({rule});"""
    else:
        policies = f"CREATE POLICY trust_scope ON {table} USING ({rule}) WITH CHECK ({rule});"
    return migrations.RunSQL(sql=_enable(table) + policies + _audit(table), reverse_sql=_undo(table))


def protect_memberships(table: str) -> migrations.RunSQL:
    """As ``protect``, but people may also read their own rows: the permission check reads them to decide the scope."""
    policies = f"""
        CREATE POLICY read_own_or_in_scope ON {table} FOR SELECT USING {OWN_OR_IN_TRUST};
        CREATE POLICY insert_in_scope ON {table} FOR INSERT WITH CHECK ({IN_TRUST});
        CREATE POLICY update_in_scope ON {table} FOR UPDATE USING ({IN_TRUST}) WITH CHECK ({IN_TRUST});
        CREATE POLICY delete_in_scope ON {table} FOR DELETE USING ({IN_TRUST});"""
    return migrations.RunSQL(sql=_enable(table) + policies + _audit(table), reverse_sql=_undo(table))


def protect_own(table: str) -> migrations.RunSQL:
    """Limit ``table`` to the acting person's own rows, in every trust, and let anybody delete what is a day old.

    It is not audited: the audit trail would show the rows to others. A DELETE reads no rows if it has no condition, so
    the task that removes old rows cannot read them.
    """
    own = "user_id = current_setting('app.user_id')::bigint"
    return migrations.RunSQL(
        sql=_enable(table)
        + f"""
        CREATE POLICY own ON {table} USING ({own}) WITH CHECK ({own});
        CREATE POLICY delete_old ON {table} FOR DELETE USING (at < now() - interval '1 day');""",
        reverse_sql=_undo(table, audited=False),
    )


def protect_audit(table: str) -> migrations.RunSQL:
    """Allow the audit trail to be read in scope and appended to, but never changed."""
    return migrations.RunSQL(
        sql=_enable(table)
        + f"""
        CREATE POLICY read_in_scope ON {table} FOR SELECT USING ({IN_TRUST});
        CREATE POLICY append_in_scope ON {table} FOR INSERT WITH CHECK ({IN_TRUST});""",
        reverse_sql=_undo(table, audited=False),
    )


RECORD_AUDIT = """
CREATE FUNCTION record_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO trusts_auditentry (trust_id, "table", row_id, operation, actor, before, after, at)
    VALUES (COALESCE(NEW.trust_id, OLD.trust_id), TG_TABLE_NAME, COALESCE(NEW.id, OLD.id), TG_OP,
            current_setting('app.actor'), to_jsonb(OLD), to_jsonb(NEW), now());
    RETURN NULL;
END $$;
"""


def _enable(table: str) -> str:
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"""


def _audit(table: str) -> str:
    return f"""
        CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION record_audit();"""


def _undo(table: str, *, audited: bool = True) -> str:
    return f"""
        {f"DROP TRIGGER audit ON {table};" if audited else ""}
        DO $$ DECLARE policy record; BEGIN
            FOR policy IN SELECT policyname FROM pg_policies WHERE tablename = '{table}' LOOP
                EXECUTE format('DROP POLICY %I ON {table}', policy.policyname);
            END LOOP;
        END $$;
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"""
