-- What the bank itself keeps for services: settings of customers, and tallies that may not pass their most.

-- kind: distributed
CREATE TABLE services.setting (
  institution_id smallint NOT NULL,
  customer uuid NOT NULL,
  key text NOT NULL,
  value_sealed bytea NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (institution_id, customer, key)
);

-- How much of something is taken: prizes of a campaign, turns of a person in a month.
-- kind: distributed
CREATE TABLE services.tally (
  institution_id smallint NOT NULL,
  name text NOT NULL,
  taken integer NOT NULL CHECK (taken >= 0),
  PRIMARY KEY (institution_id, name)
);

-- Which calls have taken something: the same call twice takes once.
-- kind: distributed
CREATE TABLE services.tallied (
  institution_id smallint NOT NULL,
  key uuid NOT NULL,
  PRIMARY KEY (institution_id, key)
);

ALTER TABLE services.setting ENABLE ROW LEVEL SECURITY;
ALTER TABLE services.tally ENABLE ROW LEVEL SECURITY;
ALTER TABLE services.tallied ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON services.setting TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY own_bank ON services.tally TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY own_bank ON services.tallied TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON services.setting TO fs_relay, fs_centre USING (true);
CREATE POLICY all_banks ON services.tally TO fs_relay, fs_centre USING (true);
CREATE POLICY all_banks ON services.tallied TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT ON services.setting, services.tally, services.tallied TO fs_web;
GRANT UPDATE (value_sealed, since) ON services.setting TO fs_web;
GRANT UPDATE (taken) ON services.tally TO fs_web;
GRANT SELECT ON services.setting, services.tally, services.tallied TO fs_relay, fs_centre;
