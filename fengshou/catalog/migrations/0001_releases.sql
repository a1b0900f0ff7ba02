-- Releases of content: bodies by hash, what each release holds, and which one is current.
GRANT USAGE ON SCHEMA catalog TO fs_web, fs_writer, fs_relay, fs_centre;

-- An item's canonical JSON. Two releases that agree on an item share the row.
-- kind: reference
CREATE TABLE catalog.body (
  hash bytea PRIMARY KEY CHECK (length(hash) = 32),
  body text NOT NULL
);
GRANT SELECT ON catalog.body TO fs_web, fs_relay, fs_centre;
GRANT INSERT ON catalog.body TO fs_centre;

-- The id is the SHA-256 of everything the release holds: the same content is the same release.
-- kind: reference
CREATE TABLE catalog.release (
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
  items integer NOT NULL CHECK (items > 0),
  made_at timestamptz NOT NULL,
  made_by uuid
);
GRANT SELECT ON catalog.release TO fs_web, fs_relay, fs_centre;
GRANT INSERT ON catalog.release TO fs_centre;

-- kind: reference
CREATE TABLE catalog.item (
  release_id text NOT NULL REFERENCES catalog.release (id),
  kind text NOT NULL,
  key text NOT NULL,
  layer text NOT NULL,          -- '' province, '109' a member bank, '109/330109001' a branch
  valid_from date NOT NULL,
  valid_until date NOT NULL,    -- first day it no longer holds; infinity when open
  hash bytea NOT NULL REFERENCES catalog.body (hash),
  PRIMARY KEY (release_id, kind, key, layer, valid_from),
  CHECK (valid_from < valid_until)
);
GRANT SELECT ON catalog.item TO fs_web, fs_relay, fs_centre;
GRANT INSERT ON catalog.item TO fs_centre;

-- Rolling back moves the pointer; nothing is ever deleted.
-- kind: reference
CREATE TABLE catalog.pointer (
  name text PRIMARY KEY,
  release_id text NOT NULL REFERENCES catalog.release (id),
  moved_at timestamptz NOT NULL
);
GRANT SELECT ON catalog.pointer TO fs_web, fs_relay, fs_centre;
GRANT INSERT, UPDATE ON catalog.pointer TO fs_centre;

-- kind: reference
CREATE TABLE catalog.move (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  release_id text NOT NULL REFERENCES catalog.release (id),
  previous text REFERENCES catalog.release (id),
  at timestamptz NOT NULL,
  by_id uuid,
  why text NOT NULL
);
GRANT SELECT ON catalog.move TO fs_web, fs_relay, fs_centre;
GRANT INSERT ON catalog.move TO fs_centre;

-- What a folder looked like when it was read: an unchanged folder is not parsed again.
-- kind: local
CREATE TABLE catalog.source (
  mark bytea PRIMARY KEY CHECK (length(mark) = 32),
  release_id text NOT NULL REFERENCES catalog.release (id),
  seen_at timestamptz NOT NULL
);
GRANT SELECT ON catalog.source TO fs_web, fs_centre;
GRANT INSERT, UPDATE ON catalog.source TO fs_centre;
