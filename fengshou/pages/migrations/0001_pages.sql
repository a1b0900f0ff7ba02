-- Compiled pages by hash, releases of them, and which release each cohort sees.
GRANT USAGE ON SCHEMA pages TO fs_web, fs_relay, fs_centre;

-- kind: reference
CREATE TABLE pages.page (
  hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  page_id text NOT NULL,
  body text NOT NULL,
  at timestamptz NOT NULL
);
GRANT SELECT ON pages.page TO fs_web, fs_relay, fs_centre;
GRANT INSERT ON pages.page TO fs_centre;

-- kind: reference
CREATE TABLE pages.release (
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
  editions jsonb NOT NULL,
  at timestamptz NOT NULL
);
GRANT SELECT ON pages.release TO fs_web, fs_relay, fs_centre;
GRANT INSERT ON pages.release TO fs_centre;

-- Rolling back is moving a pointer.
-- kind: reference
CREATE TABLE pages.pointer (
  cohort text PRIMARY KEY,
  release_id text NOT NULL REFERENCES pages.release (id),
  kill jsonb NOT NULL DEFAULT '[]',
  at timestamptz NOT NULL
);
GRANT SELECT ON pages.pointer TO fs_web, fs_relay, fs_centre;
GRANT INSERT, UPDATE, DELETE ON pages.pointer TO fs_centre;
