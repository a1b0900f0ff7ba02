-- What people hand in. The bytes are sealed under their bank's key, bound to the row.

-- kind: distributed
CREATE TABLE services.file (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  owner uuid NOT NULL,
  run uuid,
  name_sealed bytea NOT NULL,
  media_type text NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png', 'application/pdf')),
  size integer NOT NULL CHECK (size > 0),
  width integer NOT NULL CHECK (width >= 0),
  height integer NOT NULL CHECK (height >= 0),
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, id)
);
-- Sealed bytes do not get smaller by another try.
ALTER TABLE services.file ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX file_loose ON services.file (institution_id, owner) WHERE run IS NULL;
CREATE INDEX file_run ON services.file (institution_id, run) WHERE run IS NOT NULL;
ALTER TABLE services.file ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON services.file TO fs_web USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON services.file TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT ON services.file TO fs_web;
GRANT UPDATE (run) ON services.file TO fs_web;
GRANT DELETE ON services.file TO fs_web;
