-- What happened, what was decided and why, what is held for people, and who is listed.
GRANT USAGE ON SCHEMA risk TO fs_web, fs_writer, fs_relay, fs_centre;

-- One row a customer and bank. Taking it makes one customer's decisions wait for each other, so that
-- parallel payments never all see empty counters.
-- kind: distributed
CREATE TABLE risk.profile (
  institution_id smallint NOT NULL,
  customer_id uuid NOT NULL,
  turns bigint NOT NULL DEFAULT 1,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, customer_id)
) WITH (fillfactor = 70);

-- Something a customer tried. Values that name people or accounts are blind.
-- kind: distributed
CREATE TABLE risk.event (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  type text NOT NULL CHECK (type IN ('transfer', 'login')),
  customer_id uuid NOT NULL,
  device_id uuid,
  payee_blind bytea CHECK (length(payee_blind) = 32),
  address_blind bytea CHECK (length(address_blind) = 32),
  fen bigint NOT NULL CHECK (fen >= 0),
  at timestamptz NOT NULL,
  outcome text CHECK (outcome IN ('done', 'undone')),  -- null: not told yet
  outcome_at timestamptz,
  PRIMARY KEY (institution_id, id)
);
CREATE INDEX event_of_customer ON risk.event (institution_id, customer_id, at);
CREATE INDEX event_to_payee ON risk.event (institution_id, customer_id, payee_blind) WHERE outcome = 'done';

-- Immutable but for `spent_at`. `round` counts decisions on one event: a new one is made only when
-- the last has expired unspent.
-- kind: distributed
CREATE TABLE risk.decision (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  event_id uuid NOT NULL,
  round smallint NOT NULL CHECK (round > 0),
  digest bytea NOT NULL CHECK (length(digest) = 32),
  action text NOT NULL CHECK (action IN ('approve', 'observe', 'challenge', 'hold', 'deny')),
  score smallint NOT NULL CHECK (score BETWEEN 0 AND 100),
  level_needed smallint NOT NULL CHECK (level_needed BETWEEN 0 AND 5),
  hold_minutes integer NOT NULL CHECK (hold_minutes >= 0),
  desk text NOT NULL,
  reasons jsonb NOT NULL,
  features jsonb NOT NULL,
  missing text[] NOT NULL,
  ruleset text NOT NULL,
  degraded text,                 -- why the fail-safe answered instead of the rules
  decided_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  took_us integer NOT NULL,
  spent_at timestamptz,
  PRIMARY KEY (institution_id, id),
  UNIQUE (institution_id, event_id, round),
  CHECK (action <> 'deny' OR spent_at IS NULL),
  CHECK ((action = 'hold') = (hold_minutes > 0))
);

-- A held payment waiting for people. The id is the event's: one case a payment.
-- kind: distributed
CREATE TABLE risk.case (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  decision_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  fen bigint NOT NULL CHECK (fen > 0),
  desk text NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'released', 'refused', 'expired')),
  opened_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  claimed_by uuid,
  claimed_at timestamptz,
  closed_at timestamptz,
  closed_by uuid,
  note text NOT NULL DEFAULT '',
  PRIMARY KEY (institution_id, id),
  CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE INDEX case_open ON risk.case (institution_id, due_at) WHERE state = 'open';

-- What was done about a case, in order.
-- kind: distributed
CREATE TABLE risk.case_event (
  institution_id smallint NOT NULL,
  case_id uuid NOT NULL,
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  actor uuid,
  act text NOT NULL,
  note text NOT NULL,
  PRIMARY KEY (institution_id, case_id, id)
);

-- Accounts and devices that are known to be bad, whichever bank found out. Keyed by blind index.
-- kind: directory
CREATE TABLE risk.list_entry (
  list text NOT NULL CHECK (list IN ('payee_deny', 'payee_watch')),
  value_blind bytea NOT NULL CHECK (length(value_blind) = 32),
  hint text NOT NULL,             -- the last four digits, for staff
  source text NOT NULL,
  reason text NOT NULL,
  added_at timestamptz NOT NULL,
  added_by uuid NOT NULL,
  expires_at timestamptz,
  removed_at timestamptz,
  removed_by uuid,
  PRIMARY KEY (list, value_blind)
);
CREATE INDEX list_entry_added ON risk.list_entry (list, added_at);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['profile', 'event', 'decision', 'case', 'case_event'] LOOP
    EXECUTE format('ALTER TABLE risk.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own_bank ON risk.%I TO fs_web'
      ' USING (institution_id = current_setting(''app.institution'')::smallint)'
      ' WITH CHECK (institution_id = current_setting(''app.institution'')::smallint)', t);
    EXECUTE format('CREATE POLICY all_banks ON risk.%I TO fs_writer, fs_relay, fs_centre USING (true)', t);
    EXECUTE format('GRANT SELECT ON risk.%I TO fs_web, fs_relay, fs_centre', t);
    EXECUTE format('GRANT INSERT ON risk.%I TO fs_web', t);
  END LOOP;
END $$;
GRANT UPDATE (turns, last_at) ON risk.profile TO fs_web;
GRANT UPDATE (outcome, outcome_at) ON risk.event TO fs_web, fs_relay;
GRANT UPDATE (claimed_by, claimed_at, note) ON risk.case TO fs_web;
GRANT SELECT, INSERT ON risk.case TO fs_writer;
GRANT UPDATE (state, closed_at, closed_by, note) ON risk.case TO fs_writer;
GRANT SELECT, INSERT ON risk.case_event TO fs_writer;
GRANT SELECT, UPDATE (spent_at) ON risk.decision TO fs_writer;
GRANT SELECT, INSERT, UPDATE ON risk.list_entry TO fs_web, fs_centre;
