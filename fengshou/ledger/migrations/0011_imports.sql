-- Files of history that were taken in: the ids of their entries are made from this row, so that the same file
-- sent again posts nothing twice. `attempt` counts how often it was tried after having been taken back.
-- kind: distributed
CREATE TABLE ledger.import_file (
  institution_id smallint NOT NULL,
  name text NOT NULL,
  digest bytea NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  status text NOT NULL CHECK (status IN ('begun', 'done', 'taken_back')),
  entries integer NOT NULL,
  begun_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, name)
);
ALTER TABLE ledger.import_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_banks ON ledger.import_file TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT, UPDATE ON ledger.import_file TO fs_relay;
GRANT SELECT ON ledger.import_file TO fs_centre;
