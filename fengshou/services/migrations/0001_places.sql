-- Places that can be taken: slots, who has a place of one, who missed theirs.
GRANT USAGE ON SCHEMA services TO fs_web, fs_relay, fs_centre;

-- A slot of a resource, made when somebody first wants it. Nobody can take one too many.
-- kind: distributed
CREATE TABLE services.pool (
  institution_id smallint NOT NULL,
  resource text NOT NULL,
  slot text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  capacity integer NOT NULL CHECK (capacity > 0),
  taken integer NOT NULL DEFAULT 0,
  waiting integer NOT NULL DEFAULT 0 CHECK (waiting >= 0),
  closed boolean NOT NULL DEFAULT false,
  PRIMARY KEY (institution_id, resource, slot),
  CHECK (taken BETWEEN 0 AND capacity),
  CHECK (starts_at < ends_at)
);

-- Somebody who books, by blind index; the row to lock, so that two wishes of one person are seen one after the other.
-- kind: distributed
CREATE TABLE services.booker (
  institution_id smallint NOT NULL,
  person bytea NOT NULL CHECK (length(person) = 32),
  blocked_until timestamptz,
  PRIMARY KEY (institution_id, person)
);

-- A place somebody has now. It goes when it is given back, used or missed; the run's events keep what was.
-- kind: distributed
CREATE TABLE services.place (
  institution_id smallint NOT NULL,
  holder uuid NOT NULL,
  person bytea NOT NULL CHECK (length(person) = 32),
  calendar text NOT NULL,
  resource text NOT NULL,
  slot text NOT NULL,
  starts_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('held', 'booked', 'waiting')),
  since timestamptz NOT NULL,
  until timestamptz,
  PRIMARY KEY (institution_id, holder),
  UNIQUE (institution_id, resource, slot, person),
  CHECK ((state = 'held') = (until IS NOT NULL)),
  FOREIGN KEY (institution_id, resource, slot) REFERENCES services.pool
);
CREATE INDEX place_person ON services.place (institution_id, person);
CREATE INDEX place_due ON services.place (institution_id, until) WHERE state = 'held';
CREATE INDEX place_waiting ON services.place (institution_id, resource, slot, since) WHERE state = 'waiting';

-- Somebody did not come.
-- kind: distributed
CREATE TABLE services.absence (
  institution_id smallint NOT NULL,
  holder uuid NOT NULL,
  person bytea NOT NULL CHECK (length(person) = 32),
  calendar text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, holder)
);
CREATE INDEX absence_person ON services.absence (institution_id, person, calendar, at);

ALTER TABLE services.pool ENABLE ROW LEVEL SECURITY;
ALTER TABLE services.booker ENABLE ROW LEVEL SECURITY;
ALTER TABLE services.place ENABLE ROW LEVEL SECURITY;
ALTER TABLE services.absence ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON services.pool TO fs_web USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY own_bank ON services.booker TO fs_web USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY own_bank ON services.place TO fs_web USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY own_bank ON services.absence TO fs_web USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON services.pool TO fs_relay, fs_centre USING (true);
CREATE POLICY all_banks ON services.booker TO fs_relay, fs_centre USING (true);
CREATE POLICY all_banks ON services.place TO fs_relay, fs_centre USING (true);
CREATE POLICY all_banks ON services.absence TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT ON services.pool, services.booker, services.place, services.absence TO fs_web;
GRANT UPDATE (taken, waiting, closed) ON services.pool TO fs_web;
GRANT UPDATE (blocked_until) ON services.booker TO fs_web;
GRANT UPDATE (state, until, since) ON services.place TO fs_web;
GRANT DELETE ON services.place TO fs_web;
GRANT SELECT ON services.pool, services.booker, services.place, services.absence TO fs_relay, fs_centre;
