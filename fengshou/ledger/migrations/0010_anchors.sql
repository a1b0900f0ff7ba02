-- Where the book was proved whole: the head of each bank's hash chain, and a digest over all that lies beside the
-- journal. Copied outside, an anchor makes it impossible to write the past anew, hashes and all.
-- kind: distributed
CREATE TABLE ledger.anchor (
  institution_id smallint NOT NULL,
  position bigint NOT NULL,
  made_at timestamptz NOT NULL,
  hash bytea NOT NULL,
  state bytea NOT NULL,
  beside bytea NOT NULL,
  previous bytea NOT NULL,
  digest bytea NOT NULL,
  PRIMARY KEY (institution_id, position)
);

-- Every account and open hold as of the newest anchor: where a later proof begins. Its hash is in the anchor.
-- kind: distributed
CREATE TABLE ledger.anchor_state (
  institution_id smallint PRIMARY KEY,
  position bigint NOT NULL,
  body bytea NOT NULL
);
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['anchor', 'anchor_state'] LOOP
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY all_banks ON ledger.%I TO fs_writer, fs_relay, fs_centre USING (true)', t);
    EXECUTE format('GRANT SELECT, INSERT ON ledger.%I TO fs_writer', t);
    EXECUTE format('GRANT SELECT ON ledger.%I TO fs_relay, fs_centre', t);
  END LOOP;
END $$;
GRANT UPDATE ON ledger.anchor_state TO fs_writer;
