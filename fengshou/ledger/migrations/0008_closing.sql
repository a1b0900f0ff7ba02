-- Closing a day or a month, and the interest numbers of a quarter.

-- The days are built and read by the background role, so that no report waits for the writer's two connections.
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['journal', 'account', 'batch', 'hold'] LOOP
    EXECUTE format('CREATE POLICY reports ON ledger.%I FOR SELECT TO fs_relay USING (true)', t);
    EXECUTE format('GRANT SELECT ON ledger.%I TO fs_relay', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['followed', 'day_edge', 'day_head', 'day_turn', 'general'] LOOP
    EXECUTE format('CREATE POLICY reports ON ledger.%I TO fs_relay USING (true)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON ledger.%I TO fs_relay', t);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION ledger.follow, ledger.must_be_open, ledger.position_at, ledger.head_on, ledger.head_at,
  ledger.balance_at, ledger.value_balance, ledger.balances_as_of TO fs_relay;

-- A day or month that was closed, or is about to be. What it turned over when it was closed stands beside it, so
-- that nobody has to believe that it has not changed since.
-- kind: distributed
CREATE TABLE ledger.period (
  institution_id smallint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('day', 'month')),
  first_on date NOT NULL,
  last_on date NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'closing', 'closed')),
  position bigint,
  debit numeric(30),
  credit numeric(30),
  digest bytea,
  changed_at timestamptz NOT NULL,
  changed_by uuid NOT NULL,
  PRIMARY KEY (institution_id, kind, first_on),
  CHECK (last_on >= first_on),
  CHECK (status <> 'closed' OR digest IS NOT NULL)
);

-- Who asked to open a closed day again, and who else agreed.
-- kind: distributed
CREATE TABLE ledger.reopening (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  on_day date NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  asked_by uuid NOT NULL,
  asked_at timestamptz NOT NULL,
  agreed_by uuid CHECK (agreed_by <> asked_by),
  agreed_at timestamptz,
  PRIMARY KEY (institution_id, id)
);

-- The interest number of an account for a quarter: the sum of its value balances at the end of each day.
-- `correction` is what became known of the quarters before since they were closed.
-- kind: distributed
CREATE TABLE ledger.interest_number (
  institution_id smallint NOT NULL,
  account bigint NOT NULL,
  quarter_on date NOT NULL,
  number numeric(30) NOT NULL,
  correction numeric(30) NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (institution_id, account, quarter_on)
);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['period', 'reopening', 'interest_number'] LOOP
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY all_banks ON ledger.%I TO fs_relay, fs_centre USING (true)', t);
    EXECUTE format('CREATE POLICY own_bank ON ledger.%I FOR SELECT TO fs_web'
      ' USING (institution_id = current_setting(''app.institution'')::smallint)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON ledger.%I TO fs_relay', t);
    EXECUTE format('GRANT SELECT ON ledger.%I TO fs_web, fs_centre', t);
  END LOOP;
END $$;
