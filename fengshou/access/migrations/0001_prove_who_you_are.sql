-- Credentials, devices, sessions, evidence, counters. Directories hold hashes and blind indexes only.
GRANT USAGE ON SCHEMA access TO fs_web, fs_writer, fs_relay, fs_centre;

-- The code last sent to a phone for a purpose. `mark` is an HMAC over phone, purpose, binding and code.
-- kind: directory
CREATE TABLE access.sms_code (
  phone_blind bytea NOT NULL CHECK (length(phone_blind) = 32),
  purpose text NOT NULL,
  message_id uuid NOT NULL,
  mark bytea NOT NULL CHECK (length(mark) = 32),
  tries smallint NOT NULL DEFAULT 0 CHECK (tries >= 0),
  sent_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (phone_blind, purpose)
);
GRANT SELECT, INSERT, UPDATE ON access.sms_code TO fs_web;
GRANT SELECT, DELETE ON access.sms_code TO fs_relay;

-- How often something was tried within a fixed window, by phone or by client address (blind).
-- kind: directory
CREATE TABLE access.rate_window (
  key_blind bytea NOT NULL CHECK (length(key_blind) = 32),
  scope text NOT NULL,
  began_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  count integer NOT NULL CHECK (count > 0),
  PRIMARY KEY (key_blind, scope, began_at)
);
GRANT SELECT, INSERT, UPDATE ON access.rate_window TO fs_web;
GRANT SELECT, DELETE ON access.rate_window TO fs_relay;

-- Wrong tries in a row and the lock they led to. Names nobody knows have rows too: a lock tells nothing.
-- `frozen_at`: the customer froze the log-in; only a password reset ends that.
-- kind: directory
CREATE TABLE access.lock (
  key_blind bytea PRIMARY KEY CHECK (length(key_blind) = 32),
  tries smallint NOT NULL DEFAULT 0 CHECK (tries >= 0),
  locks integer NOT NULL DEFAULT 0,
  locked_until timestamptz,
  frozen_at timestamptz,
  changed_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON access.lock TO fs_web;
GRANT SELECT, DELETE ON access.lock TO fs_relay;

-- Open WebAuthn challenges. Using one deletes its row, so the second user of it finds nothing.
-- kind: directory
CREATE TABLE access.challenge (
  mark bytea PRIMARY KEY CHECK (length(mark) = 32),
  purpose text NOT NULL,
  principal_id uuid,
  order_id uuid,
  expires_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, DELETE ON access.challenge TO fs_web, fs_relay;

-- Which member bank keeps a passkey: a phone that logs in with one says only the credential's id.
-- kind: directory
CREATE TABLE access.passkey_directory (
  credential_blind bytea PRIMARY KEY CHECK (length(credential_blind) = 32),
  institution_id smallint NOT NULL,
  principal_kind text NOT NULL CHECK (principal_kind IN ('customer', 'staff')),
  principal_id uuid NOT NULL,
  passkey_id uuid NOT NULL
);
GRANT SELECT, INSERT, DELETE ON access.passkey_directory TO fs_web;

-- kind: distributed
CREATE TABLE access.password (
  institution_id smallint NOT NULL,
  principal_id uuid NOT NULL,
  hash text NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, principal_id)
);

-- kind: distributed
CREATE TABLE access.passkey (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  principal_id uuid NOT NULL,
  credential_id bytea NOT NULL,
  public_key bytea NOT NULL,
  sign_count bigint NOT NULL CHECK (sign_count >= 0),
  aaguid text NOT NULL,
  synced boolean NOT NULL,
  transports text[] NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (institution_id, id),
  UNIQUE (institution_id, credential_id)
);
CREATE INDEX passkey_of ON access.passkey (institution_id, principal_id);

-- One row for each customer on each browser or phone; `secret_mark` is the hash of what the device keeps.
-- kind: distributed
CREATE TABLE access.device (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  principal_id uuid NOT NULL,
  secret_mark bytea NOT NULL CHECK (length(secret_mark) = 32),
  name text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  trusted_from timestamptz NOT NULL,
  removed_at timestamptz,
  PRIMARY KEY (institution_id, id)
);
CREATE UNIQUE INDEX device_of ON access.device (institution_id, principal_id, secret_mark) WHERE removed_at IS NULL;

-- `token_mark` opens the session; `former_mark` still does until `former_until` (null: until the new one was seen).
-- kind: distributed
CREATE TABLE access.session (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  principal_kind text NOT NULL CHECK (principal_kind IN ('customer', 'staff')),
  principal_id uuid NOT NULL,
  device_id uuid NOT NULL,
  bank smallint NOT NULL,
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 5),
  factors text[] NOT NULL,
  proved_at timestamptz,
  roles text[] NOT NULL,
  locale text NOT NULL,
  trusted_from timestamptz NOT NULL,
  token_mark bytea NOT NULL CHECK (length(token_mark) = 32),
  former_mark bytea CHECK (length(former_mark) = 32),
  former_until timestamptz,
  rotated_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_why text,
  PRIMARY KEY (institution_id, id)
);
CREATE UNIQUE INDEX session_token ON access.session (institution_id, token_mark);
CREATE UNIQUE INDEX session_former ON access.session (institution_id, former_mark) WHERE former_mark IS NOT NULL;
CREATE INDEX session_of ON access.session (institution_id, principal_id) WHERE ended_at IS NULL;

-- What was proved for one act. `digest` is the SHA-256 of the act; spending it names the ledger's entry.
-- kind: distributed
CREATE TABLE access.evidence (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  principal_id uuid NOT NULL,
  session_id uuid NOT NULL,
  digest bytea NOT NULL CHECK (length(digest) = 32),
  wanted smallint NOT NULL,
  level smallint NOT NULL DEFAULT 0,
  factors text[] NOT NULL DEFAULT '{}',
  asked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  spent_at timestamptz,
  spent_by uuid,
  PRIMARY KEY (institution_id, id),
  CHECK ((spent_at IS NULL) = (spent_by IS NULL)),
  CHECK (spent_at IS NULL OR level >= wanted)
);
-- One open row for an act in a session: two taps on "pay" do not split the proofs between two rows.
CREATE UNIQUE INDEX evidence_open ON access.evidence (institution_id, order_id, session_id, digest)
  WHERE spent_at IS NULL;

-- Fen used of a limit. `kind` names the limit; `day` is the Shanghai day, or 1 January for a yearly one.
-- kind: distributed
CREATE TABLE access.day_used (
  institution_id smallint NOT NULL,
  customer_id uuid NOT NULL,
  kind text NOT NULL,
  day date NOT NULL,
  fen bigint NOT NULL CHECK (fen >= 0),
  cap_fen bigint NOT NULL,
  PRIMARY KEY (institution_id, customer_id, kind, day),
  CHECK (fen <= cap_fen)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['password', 'passkey', 'device', 'session', 'evidence', 'day_used'] LOOP
    EXECUTE format('ALTER TABLE access.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own_bank ON access.%I TO fs_web'
      ' USING (institution_id = current_setting(''app.institution'')::smallint)', t);
    EXECUTE format('CREATE POLICY all_banks ON access.%I TO fs_writer, fs_relay, fs_centre USING (true)', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON access.password, access.device, access.session, access.evidence TO fs_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON access.passkey TO fs_web;
GRANT SELECT ON access.day_used TO fs_web;
-- Riders of the ledger: spend evidence, count a limit, give it back.
GRANT SELECT, INSERT, UPDATE ON access.evidence, access.day_used TO fs_writer;
-- The nightly sweep, and the centre's look at who proved what.
GRANT SELECT, DELETE ON access.session, access.evidence, access.day_used TO fs_relay;
GRANT SELECT ON access.evidence, access.day_used TO fs_centre;
