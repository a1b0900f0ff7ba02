-- Wrong passwords of the last day, for risk: the tries of `access.lock` are given back by the first right one.
-- kind: directory
CREATE TABLE access.failure (
  key_blind bytea NOT NULL CHECK (length(key_blind) = 32),
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (key_blind, id)
);
CREATE INDEX failure_old ON access.failure (at);
GRANT SELECT, INSERT ON access.failure TO fs_web;
GRANT SELECT, DELETE ON access.failure TO fs_relay;
