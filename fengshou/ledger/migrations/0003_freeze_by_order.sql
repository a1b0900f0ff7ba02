-- Freezes by order of a court or another owner, each lifted by its own; and notes, kept beside the journal's rows.

-- kind: distributed
CREATE TABLE ledger.freeze (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  account bigint NOT NULL,
  owner text NOT NULL,
  reason text NOT NULL,
  stops smallint NOT NULL CHECK (stops BETWEEN 0 AND 3),
  amount bigint CHECK (amount > 0),
  until timestamptz,
  placed_by uuid NOT NULL,
  placed_at timestamptz NOT NULL,
  lifted_by uuid,
  lifted_at timestamptz,
  lift_reason text,
  PRIMARY KEY (institution_id, id),
  CHECK ((stops = 0) = (amount IS NOT NULL)),
  CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
);
CREATE INDEX freeze_open ON ledger.freeze (institution_id, account) WHERE lifted_at IS NULL;
ALTER TABLE ledger.freeze ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON ledger.freeze FOR SELECT TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON ledger.freeze TO fs_writer, fs_centre USING (true);
GRANT SELECT ON ledger.freeze TO fs_web, fs_centre;
GRANT SELECT, INSERT ON ledger.freeze TO fs_writer;
GRANT UPDATE (lifted_by, lifted_at, lift_reason) ON ledger.freeze TO fs_writer;

-- kind: distributed
CREATE TABLE ledger.note (
  institution_id smallint NOT NULL,
  entry uuid NOT NULL,
  note jsonb NOT NULL,
  PRIMARY KEY (institution_id, entry)
);
ALTER TABLE ledger.note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON ledger.note FOR SELECT TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON ledger.note TO fs_writer, fs_centre USING (true);
GRANT SELECT ON ledger.note TO fs_web, fs_centre;
GRANT SELECT, INSERT ON ledger.note TO fs_writer;
