-- Orders, the lines of statements in words, saved payees, money from outside.
GRANT USAGE ON SCHEMA payments TO fs_web, fs_writer, fs_relay, fs_centre;

-- One order for each thing a customer pays. Its id is the key of the ledger's entry.
-- kind: distributed
CREATE TABLE payments.orders (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  customer uuid NOT NULL,
  client_key uuid NOT NULL,
  wish bytea NOT NULL,
  kind text NOT NULL CHECK (kind IN ('own', 'federation', 'outside')),
  state text NOT NULL CHECK (state IN
    ('draft', 'held', 'sent', 'unknown', 'done', 'rejected', 'returned', 'refused', 'expired')),
  from_account bigint NOT NULL,
  to_bank smallint,
  to_account bigint,
  to_code text,
  to_number_sealed bytea NOT NULL,
  to_name_sealed bytea NOT NULL,
  to_tail text NOT NULL,
  to_masked text NOT NULL,
  memo_sealed bytea NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  fee bigint NOT NULL CHECK (fee >= 0),
  counters jsonb NOT NULL DEFAULT '[]',
  release_id text NOT NULL,
  let_go_id uuid NOT NULL,
  close_id uuid NOT NULL,
  return_id uuid NOT NULL,
  decision uuid,
  evidence uuid,
  reason text,
  tries integer NOT NULL DEFAULT 0,
  hold_until timestamptz,
  created_at timestamptz NOT NULL,
  posted_at timestamptz,
  closed_at timestamptz,
  PRIMARY KEY (institution_id, id),
  UNIQUE (institution_id, customer, client_key),
  CHECK ((kind = 'outside') = (to_code IS NOT NULL)),
  CHECK ((kind = 'outside') = (to_account IS NULL)),
  CHECK (state = 'draft' OR state = 'refused' OR posted_at IS NOT NULL)
);
CREATE INDEX orders_mine ON payments.orders (institution_id, customer, id DESC);
CREATE INDEX orders_open ON payments.orders (institution_id, id) WHERE state IN ('draft', 'held', 'sent', 'unknown');
ALTER TABLE payments.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON payments.orders TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON payments.orders TO fs_writer, fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT ON payments.orders TO fs_web;
GRANT UPDATE (state, reason, tries, closed_at) ON payments.orders TO fs_web;
GRANT SELECT ON payments.orders TO fs_writer, fs_relay, fs_centre;
GRANT UPDATE (state, decision, evidence, reason, hold_until, posted_at, closed_at, counters) ON payments.orders TO fs_writer;

-- What a movement on a statement was, for the account's owner.
-- kind: distributed
CREATE TABLE payments.line (
  institution_id smallint NOT NULL,
  account_id bigint NOT NULL,
  entry uuid NOT NULL,
  kind text NOT NULL,
  other_name text NOT NULL,
  other_bank smallint,
  other_code text,
  other_tail text NOT NULL,
  memo_sealed bytea,
  order_id uuid,
  PRIMARY KEY (institution_id, account_id, entry)
);
ALTER TABLE payments.line ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON payments.line TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON payments.line TO fs_writer, fs_relay USING (true);
GRANT SELECT, INSERT ON payments.line TO fs_web, fs_relay;
GRANT SELECT, INSERT ON payments.line TO fs_writer;

-- kind: distributed
CREATE TABLE payments.payee (
  institution_id smallint NOT NULL,
  customer uuid NOT NULL,
  id uuid NOT NULL,
  number_blind bytea NOT NULL,
  number_sealed bytea NOT NULL,
  name_sealed bytea NOT NULL,
  to_code text,
  paid_at timestamptz,
  PRIMARY KEY (institution_id, customer, id),
  UNIQUE (institution_id, customer, number_blind)
);
ALTER TABLE payments.payee ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON payments.payee TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
GRANT SELECT, INSERT, UPDATE, DELETE ON payments.payee TO fs_web;

-- Money from outside, taken once by the rail's own message number. Booked under entry, or sent back.
-- kind: distributed
CREATE TABLE payments.inbound (
  institution_id smallint NOT NULL,
  message text NOT NULL,
  entry uuid NOT NULL,
  reason text,
  answered boolean NOT NULL DEFAULT false,
  at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, message)
);
ALTER TABLE payments.inbound ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON payments.inbound TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
GRANT SELECT, INSERT ON payments.inbound TO fs_web;
GRANT UPDATE (message, reason, answered) ON payments.inbound TO fs_web;

-- Up to where the rail's mail was read.
-- kind: local
CREATE TABLE payments.rail_cursor (
  id integer PRIMARY KEY CHECK (id = 1),
  cursor text NOT NULL
);
INSERT INTO payments.rail_cursor VALUES (1, '');
GRANT SELECT, UPDATE ON payments.rail_cursor TO fs_relay;
