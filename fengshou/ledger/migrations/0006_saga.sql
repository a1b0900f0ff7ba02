-- A payment to a bank of another shard, from the hold at the payer's until it is settled or voided.
-- state  1 under way, 2 settled, 3 voided
-- kind: distributed
CREATE TABLE ledger.saga (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  payer bigint NOT NULL,
  payee_bank smallint NOT NULL,
  payee bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  code integer NOT NULL,
  state smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
  PRIMARY KEY (institution_id, id)
);
CREATE INDEX saga_open ON ledger.saga (institution_id, id) WHERE state = 1;
ALTER TABLE ledger.saga ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_banks ON ledger.saga TO fs_writer, fs_centre USING (true);
GRANT SELECT, INSERT ON ledger.saga TO fs_writer;
GRANT UPDATE (state) ON ledger.saga TO fs_writer;
GRANT SELECT ON ledger.saga TO fs_centre;
