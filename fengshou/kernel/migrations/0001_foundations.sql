-- Roles, the outbox and the audit log.
-- Roles belong to the whole server, so a second database finds them there.
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['fs_web', 'fs_writer', 'fs_relay', 'fs_centre'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', r);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database's migration was faster
      END;
    END IF;
    EXECUTE format('GRANT %I TO CURRENT_USER', r);
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA kernel TO fs_web, fs_writer, fs_relay, fs_centre;

-- kind: distributed
CREATE TABLE kernel.outbox (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  topic text NOT NULL,
  key text NOT NULL,
  body jsonb NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, id)
);
ALTER TABLE kernel.outbox ENABLE ROW LEVEL SECURITY;
-- The writer's rows come by COPY, which policies refuse: its grant, not a policy, bounds it.
CREATE POLICY own_bank ON kernel.outbox TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON kernel.outbox TO fs_writer, fs_relay, fs_centre USING (true);
GRANT INSERT ON kernel.outbox TO fs_web, fs_writer, fs_relay, fs_centre;
GRANT SELECT, DELETE ON kernel.outbox TO fs_relay;

-- kind: distributed
CREATE TABLE kernel.audit (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor uuid,
  act text NOT NULL,
  subject text NOT NULL,
  facts jsonb NOT NULL,
  seal bigint,
  PRIMARY KEY (institution_id, id)
);
CREATE INDEX audit_open ON kernel.audit (institution_id, id) WHERE seal IS NULL;
ALTER TABLE kernel.audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON kernel.audit TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint)
  WITH CHECK (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON kernel.audit TO fs_relay, fs_centre USING (true);
GRANT INSERT, SELECT ON kernel.audit TO fs_web, fs_relay, fs_centre;
GRANT UPDATE (seal) ON kernel.audit TO fs_relay;

-- kind: distributed
CREATE TABLE kernel.audit_seal (
  institution_id smallint NOT NULL,
  number bigint NOT NULL,
  rows integer NOT NULL CHECK (rows > 0),
  hash bytea NOT NULL,
  previous bytea NOT NULL,
  sealed_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, number)
);
ALTER TABLE kernel.audit_seal ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON kernel.audit_seal FOR SELECT TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON kernel.audit_seal TO fs_relay, fs_centre USING (true);
GRANT SELECT ON kernel.audit_seal TO fs_web, fs_centre;
GRANT SELECT, INSERT ON kernel.audit_seal TO fs_relay;

-- kind: local
CREATE TABLE kernel.setting (
  name text PRIMARY KEY,
  value jsonb NOT NULL
);
GRANT SELECT ON kernel.setting TO fs_web, fs_relay, fs_centre;
GRANT INSERT, UPDATE ON kernel.setting TO fs_relay;

-- The job tables (pgqueuer's) live beside; they are local to one node.
CREATE SCHEMA IF NOT EXISTS jobs;
GRANT USAGE ON SCHEMA jobs TO fs_relay;
