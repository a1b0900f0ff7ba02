-- The record: what is written beside the journal's rows, line by line and chained, so that a proof can work out what
-- every other table of the book must say (record.py).
--   desk      1 the writer's, in the transaction of its batch: accounts, bounds, freezes, notes, refusals, acts …;
--             2 the office's: closed periods, interest numbers, imports, sealed months, anchors, the chart (at the centre)
--   position  where the bank's journal stood before that transaction; its hash there is part of this one's
-- kind: distributed
CREATE TABLE ledger.record (
  institution_id smallint NOT NULL,
  desk smallint NOT NULL CHECK (desk IN (1, 2)),
  number bigint NOT NULL CHECK (number > 0),
  position bigint NOT NULL,
  made_at timestamptz NOT NULL,
  body text NOT NULL,
  previous bytea NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (institution_id, desk, number)
);
ALTER TABLE ledger.record ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_banks ON ledger.record TO fs_writer USING (true);
CREATE POLICY reading ON ledger.record FOR SELECT TO fs_relay, fs_centre USING (true);
CREATE POLICY office ON ledger.record FOR INSERT TO fs_relay WITH CHECK (desk = 2);
GRANT SELECT, INSERT ON ledger.record TO fs_writer, fs_relay;
GRANT SELECT ON ledger.record TO fs_centre;
