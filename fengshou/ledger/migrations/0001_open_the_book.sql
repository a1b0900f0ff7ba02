-- The book: accounts, the journal, holds, refusals, and what fences two writers.
GRANT USAGE ON SCHEMA ledger TO fs_web, fs_writer, fs_relay, fs_centre;

-- kind: reference
CREATE TABLE ledger.subject (
  code text PRIMARY KEY,
  zh text NOT NULL,
  en text NOT NULL,
  side text NOT NULL CHECK (side IN ('debit', 'credit'))
);
GRANT SELECT ON ledger.subject TO fs_web, fs_writer, fs_relay, fs_centre;

-- A cache: the journal is the truth, this table follows it within seconds (ledger.checkpoint).
-- Balances are signed, credit positive: what the bank owes is positive, what it owns is negative.
-- kind: distributed
CREATE TABLE ledger.account (
  institution_id smallint NOT NULL,
  id bigint NOT NULL CHECK (id > 0),
  subject text NOT NULL,
  currency char(3) NOT NULL,
  floor bigint,
  flags integer NOT NULL DEFAULT 0,
  balance bigint NOT NULL DEFAULT 0 CHECK (balance BETWEEN -1000000000000000 AND 1000000000000000),
  held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
  seq bigint NOT NULL DEFAULT 0,
  last bigint NOT NULL DEFAULT 0,
  opened_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, id),
  CONSTRAINT never_below_floor CHECK (floor IS NULL OR balance - held >= floor)
) WITH (fillfactor = 50);
ALTER TABLE ledger.account ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_banks ON ledger.account TO fs_writer, fs_centre USING (true);
GRANT SELECT, INSERT ON ledger.account TO fs_writer;
GRANT UPDATE (balance, held, seq, last, flags, floor) ON ledger.account TO fs_writer;
GRANT SELECT ON ledger.account TO fs_centre;

-- Up to which position the account table is known to be whole. The table may be ahead, account by
-- account, and an account's own sequence number says how far.
-- kind: distributed
CREATE TABLE ledger.checkpoint (
  institution_id smallint PRIMARY KEY,
  position bigint NOT NULL
);
ALTER TABLE ledger.checkpoint ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_banks ON ledger.checkpoint TO fs_writer, fs_centre USING (true);
GRANT SELECT, INSERT, UPDATE ON ledger.checkpoint TO fs_writer;
GRANT SELECT ON ledger.checkpoint TO fs_centre;

-- One row per posting. `position` is gap-free per bank; `*_prev` is the position of the account's
-- previous movement, so a statement walks a chain and the hot path pays for no account index.
-- A pend or void moves nothing, so it takes no sequence numbers.
-- kind: distributed
CREATE TABLE ledger.journal (
  institution_id smallint NOT NULL,
  position bigint NOT NULL CHECK (position > 0),
  id uuid NOT NULL,
  kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 6),
  debit bigint NOT NULL,
  credit bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  debit_balance bigint NOT NULL,
  credit_balance bigint NOT NULL,
  debit_seq bigint NOT NULL,
  credit_seq bigint NOT NULL,
  debit_prev bigint NOT NULL,
  credit_prev bigint NOT NULL,
  code integer NOT NULL,
  digest bigint NOT NULL,
  refers uuid,
  evidence uuid,
  decision uuid,
  mandate text,
  event_at timestamptz NOT NULL,
  posted_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, id),
  CHECK (debit <> credit),
  CHECK ((kind IN (2, 4)) = (debit_seq = 0)),
  CHECK ((kind IN (2, 4)) = (credit_seq = 0))
) PARTITION BY RANGE (id);
CREATE INDEX journal_position ON ledger.journal (institution_id, position);
ALTER TABLE ledger.journal ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON ledger.journal FOR SELECT TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON ledger.journal FOR SELECT TO fs_writer, fs_centre USING (true);
GRANT SELECT ON ledger.journal TO fs_web, fs_writer, fs_centre;

-- One row per bank and commit: its key fences a stale writer and proves there is no gap; the hashes
-- chain the journal.
-- kind: distributed
CREATE TABLE ledger.batch (
  institution_id smallint NOT NULL,
  first_position bigint NOT NULL,
  last_position bigint NOT NULL,
  hash bytea NOT NULL,
  previous bytea NOT NULL,
  epoch bigint NOT NULL,
  posted_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, first_position),
  CHECK (last_position >= first_position)
);
ALTER TABLE ledger.batch ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_banks ON ledger.batch TO fs_writer, fs_centre USING (true);
GRANT SELECT, INSERT ON ledger.batch TO fs_writer;
GRANT SELECT ON ledger.batch TO fs_centre;

-- kind: distributed
CREATE TABLE ledger.hold (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  debit bigint NOT NULL,
  credit bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  settled bigint NOT NULL DEFAULT 0 CHECK (settled BETWEEN 0 AND amount),
  state smallint NOT NULL CHECK (state BETWEEN 1 AND 4),
  code integer NOT NULL,
  opened_at timestamptz NOT NULL,
  expires_at timestamptz,
  closed_at timestamptz,
  PRIMARY KEY (institution_id, id),
  CHECK ((state = 1) = (closed_at IS NULL))
);
CREATE INDEX hold_open ON ledger.hold (institution_id, id) WHERE state = 1;
ALTER TABLE ledger.hold ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON ledger.hold FOR SELECT TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON ledger.hold TO fs_writer, fs_centre USING (true);
GRANT SELECT ON ledger.hold TO fs_web, fs_centre;
GRANT SELECT, INSERT ON ledger.hold TO fs_writer;
GRANT UPDATE (settled, state, closed_at) ON ledger.hold TO fs_writer;

-- A refused key stays refused and answers the same again.
-- kind: distributed
CREATE TABLE ledger.refusal (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  digest bigint NOT NULL,
  code text NOT NULL,
  facts jsonb NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, id)
);
ALTER TABLE ledger.refusal ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_banks ON ledger.refusal TO fs_writer, fs_centre USING (true);
GRANT SELECT, INSERT ON ledger.refusal TO fs_writer;

-- Entries that move no money: accounts opened, flags changed. Their key is remembered here.
-- kind: distributed
CREATE TABLE ledger.act (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  digest bigint NOT NULL,
  facts jsonb NOT NULL,
  evidence uuid,
  mandate text,
  posted_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, id)
);
ALTER TABLE ledger.act ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_banks ON ledger.act TO fs_writer, fs_centre USING (true);
GRANT SELECT, INSERT ON ledger.act TO fs_writer;
GRANT SELECT ON ledger.act TO fs_centre;

-- An entry is reversed at most once.
-- kind: distributed
CREATE TABLE ledger.reversal (
  institution_id smallint NOT NULL,
  entry uuid NOT NULL,
  by_entry uuid NOT NULL,
  PRIMARY KEY (institution_id, entry)
);
ALTER TABLE ledger.reversal ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_banks ON ledger.reversal TO fs_writer, fs_centre USING (true);
GRANT SELECT, INSERT ON ledger.reversal TO fs_writer;

-- kind: local
CREATE TABLE ledger.epoch (
  shard integer PRIMARY KEY,
  epoch bigint NOT NULL
);
INSERT INTO ledger.epoch VALUES (0, 0);
GRANT SELECT, UPDATE ON ledger.epoch TO fs_writer;

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
    RETURN NEXT r;
    at_position := CASE WHEN r.debit = p_account THEN r.debit_prev ELSE r.credit_prev END;
    p_limit := p_limit - 1;
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION ledger.walk TO fs_web, fs_centre;
