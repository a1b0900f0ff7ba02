-- Runs of services: one table of them and one of their events, whatever the archetype.

-- kind: distributed
CREATE TABLE services.run (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  service text NOT NULL,
  release text NOT NULL,
  customer uuid NOT NULL,
  begin_key uuid NOT NULL,
  began_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state <> ''),
  version integer NOT NULL CHECK (version > 0),
  form_sealed bytea NOT NULL,
  facts jsonb NOT NULL,
  moved_at timestamptz NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (institution_id, id),
  UNIQUE (institution_id, customer, begin_key)
);
CREATE INDEX run_mine ON services.run (institution_id, customer, id DESC);
CREATE INDEX run_open ON services.run (institution_id, service, state) WHERE closed_at IS NULL;

-- What happened to a run. Never changed and never taken away; a key stands once.
-- kind: distributed
CREATE TABLE services.event (
  institution_id smallint NOT NULL,
  run uuid NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  at timestamptz NOT NULL,
  act text NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  who text NOT NULL CHECK (who IN ('customer', 'clerk', 'partner', 'system')),
  who_id uuid NOT NULL,
  way text NOT NULL CHECK (way IN ('phone', 'branch', 'kiosk', 'home')),
  place text NOT NULL,
  key uuid NOT NULL,
  facts jsonb NOT NULL,
  PRIMARY KEY (institution_id, run, version),
  UNIQUE (institution_id, run, key),
  FOREIGN KEY (institution_id, run) REFERENCES services.run
);

-- When a run does something by itself.
-- kind: distributed
CREATE TABLE services.timer (
  institution_id smallint NOT NULL,
  run uuid NOT NULL,
  act text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, run, act),
  FOREIGN KEY (institution_id, run) REFERENCES services.run
);
CREATE INDEX timer_due ON services.timer (institution_id, at);

-- Up to where the news of a partner's system were taken; rows of the centre.
-- kind: distributed
CREATE TABLE services.news (
  institution_id smallint NOT NULL,
  system text NOT NULL,
  cursor text NOT NULL,
  PRIMARY KEY (institution_id, system)
);

ALTER TABLE services.news ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON services.news TO fs_web USING (institution_id = current_setting('app.institution')::smallint);
GRANT SELECT, INSERT, UPDATE ON services.news TO fs_web;
ALTER TABLE services.run ENABLE ROW LEVEL SECURITY;
ALTER TABLE services.event ENABLE ROW LEVEL SECURITY;
ALTER TABLE services.timer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON services.run TO fs_web USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY own_bank ON services.event TO fs_web USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY own_bank ON services.timer TO fs_web USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON services.run TO fs_relay, fs_centre USING (true);
CREATE POLICY all_banks ON services.event TO fs_relay, fs_centre USING (true);
CREATE POLICY all_banks ON services.timer TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT ON services.run, services.event, services.timer TO fs_web;
GRANT UPDATE (state, version, form_sealed, facts, moved_at, closed_at) ON services.run TO fs_web;
GRANT UPDATE (at) ON services.timer TO fs_web;
GRANT DELETE ON services.timer TO fs_web;
GRANT SELECT ON services.run, services.event, services.timer TO fs_relay, fs_centre;
