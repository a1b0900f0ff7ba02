-- What is done every night, and when it was last: whoever looks next knows whether it is due.
-- kind: local
CREATE TABLE ledger.chore (
  name text PRIMARY KEY,
  ran_at timestamptz NOT NULL,
  result text NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON ledger.chore TO fs_writer;
GRANT SELECT ON ledger.chore TO fs_relay, fs_centre;
