-- A narrower journal: columns in the order in which nothing is padded, and no digest or time of event where the
-- row itself says them. The bytes that are hashed keep their order, so older batches stay verifiable.
-- This rewrites the journal, once, before the first release; a big one takes a minute for each ten million rows.
DROP FUNCTION ledger.walk;
ALTER TABLE ledger.journal RENAME TO journal_wide;
ALTER TABLE ledger.journal_wide RENAME CONSTRAINT journal_pkey TO journal_wide_pkey;
ALTER INDEX ledger.journal_position RENAME TO journal_wide_position;

-- One row per posting. `position` is gap-free per bank; `*_prev` is the position of the account's
-- previous movement, so a statement walks a chain and the hot path pays for no account index.
-- A pend or void moves nothing, so it takes no sequence numbers.
--   digest    NULL when the entry was this one posting and nothing else: then the columns are what was asked for
--   event_at  NULL when it happened as it was booked: read coalesce(event_at, posted_at)
-- kind: distributed
CREATE TABLE ledger.journal (
  position bigint NOT NULL CHECK (position > 0),
  debit bigint NOT NULL,
  credit bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  debit_balance bigint NOT NULL,
  credit_balance bigint NOT NULL,
  debit_seq bigint NOT NULL,
  credit_seq bigint NOT NULL,
  debit_prev bigint NOT NULL,
  credit_prev bigint NOT NULL,
  posted_at timestamptz NOT NULL,
  id uuid NOT NULL,
  code integer NOT NULL,
  institution_id smallint NOT NULL,
  kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 6),
  digest bigint,
  event_at timestamptz,
  refers uuid,
  evidence uuid,
  decision uuid,
  mandate text,
  -- Ids and positions come in order, so pages may be filled to the brim.
  PRIMARY KEY (institution_id, id) WITH (fillfactor = 100),
  CHECK (debit <> credit),
  CHECK ((kind IN (2, 4)) = (debit_seq = 0)),
  CHECK ((kind IN (2, 4)) = (credit_seq = 0))
) PARTITION BY RANGE (id);
CREATE INDEX journal_position ON ledger.journal (institution_id, position) WITH (fillfactor = 100);
ALTER TABLE ledger.journal ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON ledger.journal FOR SELECT TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON ledger.journal FOR SELECT TO fs_writer, fs_centre USING (true);
GRANT SELECT ON ledger.journal TO fs_web, fs_writer, fs_centre;

DO $$
DECLARE
  part record;
BEGIN
  FOR part IN
    SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'ledger.journal_wide'::regclass
  LOOP
    EXECUTE format('ALTER TABLE ledger.%I RENAME TO %I', part.name, part.name || '_wide');
    EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.journal INCLUDING CONSTRAINTS)', part.name);
    EXECUTE format(
      'INSERT INTO ledger.%I (position, debit, credit, amount, debit_balance, credit_balance, debit_seq, credit_seq,'
      ' debit_prev, credit_prev, posted_at, id, code, institution_id, kind, digest, event_at, refers, evidence,'
      ' decision, mandate)'
      ' SELECT position, debit, credit, amount, debit_balance, credit_balance, debit_seq, credit_seq,'
      ' debit_prev, credit_prev, posted_at, id, code, institution_id, kind, digest, event_at, refers, evidence,'
      ' decision, mandate FROM ledger.%I ORDER BY institution_id, position',
      part.name, part.name || '_wide'
    );
    EXECUTE format('ALTER TABLE ledger.journal ATTACH PARTITION ledger.%I %s', part.name, part.bound);
    EXECUTE format('GRANT INSERT ON ledger.%I TO fs_writer', part.name);
  END LOOP;
END $$;
DROP TABLE ledger.journal_wide;

-- A page of an account's statement, newest first, from position `p_from` down the chain.
CREATE FUNCTION ledger.walk(p_bank smallint, p_account bigint, p_from bigint, p_limit integer)
RETURNS SETOF ledger.journal LANGUAGE plpgsql STABLE AS $$
DECLARE
  r ledger.journal;
  at_position bigint := p_from;
BEGIN
  WHILE at_position > 0 AND p_limit > 0 LOOP
    SELECT * INTO r FROM ledger.journal j WHERE j.institution_id = p_bank AND j.position = at_position;
    EXIT WHEN NOT FOUND OR (r.debit <> p_account AND r.credit <> p_account);
    r.event_at := coalesce(r.event_at, r.posted_at);
    RETURN NEXT r;
    at_position := CASE WHEN r.debit = p_account THEN r.debit_prev ELSE r.credit_prev END;
    p_limit := p_limit - 1;
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION ledger.walk TO fs_web, fs_centre;
