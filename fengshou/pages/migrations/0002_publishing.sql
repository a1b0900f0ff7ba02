-- What operators publish over the shipped pages: versions with their review, gray runs, kill switches, what phones report.

-- A body is what its hash says, whoever wrote it.
ALTER TABLE pages.page ADD CONSTRAINT page_is_its_hash
  CHECK (hash = encode(sha256(convert_to(body, 'UTF8')), 'hex')) NOT VALID;
GRANT INSERT ON pages.page TO fs_relay;

-- The sources a release was compiled from: layers are laid over sources, not over compiled pages.
ALTER TABLE pages.release ADD COLUMN sources jsonb NOT NULL DEFAULT '{}';
GRANT UPDATE (sources) ON pages.release TO fs_centre;

-- One text an author works on, of one layer: the province's (institution 1), a bank's, or a branch's.
-- The digest that was approved is the digest that is shown: a source changed later fits no approval.
-- kind: distributed
CREATE TABLE pages.version (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  branch text NOT NULL DEFAULT '' CHECK (branch ~ '^([0-9]{3})?$'),
  kind text NOT NULL CHECK (kind IN ('page', 'override', 'shell', 'theme')),
  item text NOT NULL CHECK (length(item) BETWEEN 1 AND 64),
  number int NOT NULL CHECK (number > 0),
  revision int NOT NULL DEFAULT 1 CHECK (revision > 0),
  source text NOT NULL CHECK (octet_length(source) <= 60000),
  digest text NOT NULL CHECK (digest = encode(sha256(convert_to(source, 'UTF8')), 'hex')),
  base text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT '' CHECK (length(note) <= 200),
  state text NOT NULL DEFAULT 'draft'
    CHECK (state IN ('draft', 'in_review', 'approved', 'gray', 'live', 'retired', 'refused', 'discarded')),
  author uuid NOT NULL,
  made_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  checker uuid,
  decided_at timestamptz,
  decided_digest text,
  answer text NOT NULL DEFAULT '',
  gray jsonb,
  gray_at timestamptz,
  stopped text NOT NULL DEFAULT '',
  live_at timestamptz,
  retired_at timestamptz,
  start_at timestamptz,
  stop_at timestamptz,
  PRIMARY KEY (institution_id, id),
  UNIQUE (institution_id, kind, item, branch, number),
  CONSTRAINT maker_is_not_checker CHECK (checker IS NULL OR checker <> author),
  CONSTRAINT decided_whole CHECK (
    (checker IS NULL) = (decided_at IS NULL) AND (checker IS NULL) = (decided_digest IS NULL)),
  CONSTRAINT shown_as_approved CHECK (
    state NOT IN ('approved', 'gray', 'live', 'retired') OR (checker IS NOT NULL AND decided_digest = digest)),
  CONSTRAINT gray_says_to_whom CHECK (state <> 'gray' OR (gray IS NOT NULL AND gray_at IS NOT NULL)),
  CONSTRAINT live_since CHECK (state <> 'live' OR live_at IS NOT NULL),
  CONSTRAINT starts_before_it_stops CHECK (start_at IS NULL OR stop_at IS NULL OR start_at < stop_at),
  -- The province has pages; a bank or branch lays changes over them.
  CONSTRAINT kind_of_layer CHECK (
    CASE WHEN institution_id = 1 THEN kind IN ('page', 'shell') AND branch = '' ELSE kind IN ('override', 'theme') END)
);
CREATE UNIQUE INDEX version_one_live ON pages.version (institution_id, kind, item, branch) WHERE state = 'live';
CREATE UNIQUE INDEX version_one_gray ON pages.version (institution_id, kind, item, branch) WHERE state = 'gray';
CREATE INDEX version_shown ON pages.version (institution_id, state) WHERE state IN ('gray', 'live', 'approved');
ALTER TABLE pages.version ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON pages.version TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY every_bank ON pages.version TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT ON pages.version TO fs_web;
-- The author, the number and what a version is of never change; there is no way to delete.
GRANT UPDATE (revision, source, digest, base, note, state, changed_at, checker, decided_at, decided_digest, answer,
  gray, gray_at, stopped, live_at, retired_at, start_at, stop_at) ON pages.version TO fs_web;
GRANT SELECT ON pages.version TO fs_relay, fs_centre;
GRANT UPDATE (state, changed_at, gray, gray_at, stopped, live_at, retired_at, start_at, stop_at)
  ON pages.version TO fs_relay;

-- Every step of a version, and the words of its reviewers; only ever added to.
-- kind: distributed
CREATE TABLE pages.step (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  version uuid NOT NULL,
  at timestamptz NOT NULL,
  who uuid,
  act text NOT NULL CHECK (act ~ '^[a-z_]+$'),
  note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
  PRIMARY KEY (institution_id, id),
  FOREIGN KEY (institution_id, version) REFERENCES pages.version (institution_id, id)
);
CREATE INDEX step_of ON pages.step (institution_id, version, id);
ALTER TABLE pages.step ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON pages.step TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY every_bank ON pages.step TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT ON pages.step TO fs_web;
GRANT SELECT, INSERT ON pages.step TO fs_relay;
GRANT SELECT ON pages.step TO fs_centre;

-- kind: distributed
CREATE TABLE pages.comment (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  version uuid NOT NULL,
  place text NOT NULL CHECK (length(place) <= 200),
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 500),
  author uuid NOT NULL,
  made_at timestamptz NOT NULL,
  done boolean NOT NULL DEFAULT false,
  PRIMARY KEY (institution_id, id),
  FOREIGN KEY (institution_id, version) REFERENCES pages.version (institution_id, id)
);
CREATE INDEX comment_of ON pages.comment (institution_id, version, id);
ALTER TABLE pages.comment ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON pages.comment TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY every_bank ON pages.comment TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT, UPDATE (done) ON pages.comment TO fs_web;
GRANT SELECT ON pages.comment TO fs_relay, fs_centre;

-- Block kinds and actions that phones must not run: the centre's for everybody, a bank's for its own.
-- kind: distributed
CREATE TABLE pages.kill (
  institution_id smallint NOT NULL,
  name text NOT NULL CHECK (name ~ '^[a-z_]{2,40}$'),
  reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 200),
  who uuid NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (institution_id, name)
);
ALTER TABLE pages.kill ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON pages.kill TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY every_bank ON pages.kill TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT, DELETE ON pages.kill TO fs_web;
GRANT SELECT ON pages.kill TO fs_relay, fs_centre;

-- Readers who belong to a tag of their bank: testers (`staff`), a pilot village.
-- kind: distributed
CREATE TABLE pages.tagged (
  institution_id smallint NOT NULL,
  reader uuid NOT NULL,
  tag text NOT NULL CHECK (tag ~ '^[a-z][a-z0-9-]{1,30}$'),
  PRIMARY KEY (institution_id, reader, tag)
);
CREATE INDEX tagged_by ON pages.tagged (institution_id, tag);
ALTER TABLE pages.tagged ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON pages.tagged TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY every_bank ON pages.tagged TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT, DELETE ON pages.tagged TO fs_web;
GRANT SELECT, INSERT, DELETE ON pages.tagged TO fs_centre;
GRANT SELECT ON pages.tagged TO fs_relay;

-- How often a page was opened and failed, by the minute, as phones say; counted in the process and added here.
-- kind: local
CREATE TABLE pages.health (
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  minute timestamptz NOT NULL,
  opens int NOT NULL DEFAULT 0 CHECK (opens >= 0),
  errors int NOT NULL DEFAULT 0 CHECK (errors >= 0 AND errors <= opens),
  PRIMARY KEY (hash, minute)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON pages.health TO fs_relay;
GRANT SELECT ON pages.health TO fs_web, fs_centre;

-- Word to every process that what is shown has changed goes by NOTIFY; this number is what a poll compares.
-- kind: local
CREATE TABLE pages.turn (one boolean PRIMARY KEY DEFAULT true CHECK (one), turn bigint NOT NULL);
INSERT INTO pages.turn (turn) VALUES (0);
GRANT SELECT, UPDATE (turn) ON pages.turn TO fs_web, fs_relay, fs_centre;
