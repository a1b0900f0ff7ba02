-- Old months of the journal, packed: columns beside each other, compressed, with a checksum (sealing.py).

-- A month on its way to be sealed (copied: its pages are there, its partition too) or sealed (its pages alone).
-- kind: local
CREATE TABLE ledger.sealed_month (
  name text PRIMARY KEY,
  first_id uuid NOT NULL,
  end_id uuid NOT NULL,
  status text NOT NULL CHECK (status IN ('copied', 'sealed')),
  entries bigint NOT NULL,
  bytes_before bigint NOT NULL,
  bytes_after bigint NOT NULL,
  sealed_at timestamptz NOT NULL
);
GRANT SELECT ON ledger.sealed_month TO fs_web, fs_writer, fs_relay, fs_centre;

-- A thousand rows of one bank and month, in order of position.
-- kind: distributed
CREATE TABLE ledger.sealed_page (
  institution_id smallint NOT NULL,
  month text NOT NULL,
  first_position bigint NOT NULL,
  last_position bigint NOT NULL,
  first_id uuid NOT NULL,
  last_id uuid NOT NULL,
  entries integer NOT NULL,
  body bytea NOT NULL,
  checksum bytea NOT NULL,
  PRIMARY KEY (institution_id, month, first_position)
);
-- Compressed already. (In CREATE TABLE this could be said from PostgreSQL 16 on only.)
ALTER TABLE ledger.sealed_page ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX sealed_page_position ON ledger.sealed_page (institution_id, last_position);
ALTER TABLE ledger.sealed_page ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON ledger.sealed_page FOR SELECT TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON ledger.sealed_page FOR SELECT TO fs_writer, fs_relay, fs_centre USING (true);
GRANT SELECT ON ledger.sealed_page TO fs_web, fs_writer, fs_relay, fs_centre;
