-- Who banks here: customers, their accounts, consents and notices; staff and their proposals.
GRANT USAGE ON SCHEMA party TO fs_web, fs_writer, fs_relay, fs_centre;

-- A person of the federation; the row lives at the bank that `id` carries (the home bank).
-- kind: distributed
CREATE TABLE party.customer (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  phone_sealed bytea NOT NULL,
  phone_blind bytea NOT NULL,
  name_sealed bytea,
  name_blind bytea,
  name_masked text,
  id_number_sealed bytea,
  id_number_blind bytea,
  real_name text NOT NULL DEFAULT 'unverified' CHECK (real_name IN ('unverified', 'verified', 'mismatch')),
  verified_at timestamptz,
  evidence_no text,
  birth_year smallint,
  gender text CHECK (gender IN ('male', 'female')),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'blocked', 'closed')),
  elder boolean NOT NULL DEFAULT false,
  theme text NOT NULL DEFAULT 'light' CHECK (theme IN ('light', 'dark', 'hc', 'auto')),
  locale text NOT NULL DEFAULT 'zh-CN' CHECK (locale IN ('zh-CN', 'en')),
  current_bank smallint NOT NULL,
  joined_at timestamptz NOT NULL,
  PRIMARY KEY (institution_id, id),
  CONSTRAINT verified_is_whole CHECK (
    real_name <> 'verified'
    OR (name_sealed IS NOT NULL AND name_blind IS NOT NULL AND id_number_sealed IS NOT NULL
        AND id_number_blind IS NOT NULL AND verified_at IS NOT NULL AND birth_year IS NOT NULL))
);
ALTER TABLE party.customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON party.customer TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON party.customer TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT, UPDATE ON party.customer TO fs_web;
GRANT SELECT ON party.customer TO fs_relay, fs_centre;

-- Found federation-wide by what a person shows: phone, identity number, a clerk's log-in name.
-- `blind` is a keyed hash, so the table tells nothing without the vault.
-- kind: directory
CREATE TABLE party.directory (
  kind text NOT NULL CHECK (kind IN ('phone', 'id_number', 'login')),
  blind bytea NOT NULL CHECK (octet_length(blind) = 32),
  institution_id smallint NOT NULL,
  party_id uuid NOT NULL,
  PRIMARY KEY (kind, blind)
);
GRANT SELECT, INSERT, DELETE ON party.directory TO fs_web;
GRANT SELECT ON party.directory TO fs_relay, fs_centre;

-- Each time the identity register was asked, whatever it said.
-- kind: distributed
CREATE TABLE party.real_name_check (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  customer_id uuid NOT NULL,
  asked_at timestamptz NOT NULL,
  result text CHECK (result IN ('match', 'mismatch', 'not_found', 'unavailable')),
  evidence_no text,
  PRIMARY KEY (institution_id, id)
);
CREATE INDEX real_name_check_of ON party.real_name_check (institution_id, customer_id, asked_at);
ALTER TABLE party.real_name_check ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON party.real_name_check TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON party.real_name_check TO fs_centre USING (true);
GRANT SELECT, INSERT, UPDATE (result, evidence_no) ON party.real_name_check TO fs_web;
GRANT SELECT ON party.real_name_check TO fs_centre;

-- An account as the customer knows it; its money is the ledger's. Lives at the bank that keeps it.
-- A row begins as `opening` and becomes `active` in the commit that opens the account in the book.
-- `slot` counts a person's accounts of one class at one bank; closing gives the slot back.
-- kind: distributed
CREATE TABLE party.customer_account (
  institution_id smallint NOT NULL,
  account_id bigint NOT NULL CHECK (account_id > 0),
  customer_id uuid NOT NULL,
  class smallint NOT NULL CHECK (class IN (1, 2, 3)),
  slot smallint CHECK (slot > 0),
  alias text NOT NULL DEFAULT '' CHECK (length(alias) <= 20),
  status text NOT NULL CHECK (status IN ('opening', 'active', 'frozen_by_customer', 'closed')),
  opened_on date NOT NULL,
  closed_on date,
  name_blind bytea NOT NULL,
  name_masked text NOT NULL,
  request uuid NOT NULL,
  entry uuid NOT NULL,
  PRIMARY KEY (institution_id, account_id),
  CONSTRAINT one_account_a_slot UNIQUE (institution_id, customer_id, class, slot),
  CONSTRAINT one_account_a_request UNIQUE (institution_id, customer_id, request),
  CONSTRAINT closed_has_no_slot CHECK ((status = 'closed') = (slot IS NULL)),
  CONSTRAINT closed_has_a_day CHECK ((status = 'closed') = (closed_on IS NOT NULL))
);
ALTER TABLE party.customer_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON party.customer_account TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON party.customer_account TO fs_writer, fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT, UPDATE (alias, name_blind, name_masked) ON party.customer_account TO fs_web;
-- Only what never came to be may go.
CREATE POLICY never_opened ON party.customer_account AS RESTRICTIVE FOR DELETE TO fs_web USING (status = 'opening');
GRANT DELETE ON party.customer_account TO fs_web;
GRANT SELECT ON party.customer_account TO fs_relay, fs_centre;
-- The status changes with the book or not at all.
GRANT SELECT, UPDATE (status, slot, opened_on, closed_on) ON party.customer_account TO fs_writer;

-- At which banks a person has accounts.
-- kind: directory
CREATE TABLE party.holding (
  customer_id uuid NOT NULL,
  institution_id smallint NOT NULL,
  account_id bigint NOT NULL,
  PRIMARY KEY (customer_id, institution_id, account_id)
);
GRANT SELECT ON party.holding TO fs_web, fs_relay, fs_centre;
GRANT SELECT, INSERT ON party.holding TO fs_writer;

-- kind: distributed
CREATE TABLE party.consent (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  customer_id uuid NOT NULL,
  purpose text NOT NULL,
  version text NOT NULL,
  channel text NOT NULL,
  given_at timestamptz NOT NULL,
  withdrawn_at timestamptz,
  PRIMARY KEY (institution_id, id)
);
-- Of one purpose and version at most one consent stands.
CREATE UNIQUE INDEX consent_standing ON party.consent (institution_id, customer_id, purpose, version)
  WHERE withdrawn_at IS NULL;
ALTER TABLE party.consent ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON party.consent TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON party.consent TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT, UPDATE (withdrawn_at) ON party.consent TO fs_web;
GRANT SELECT ON party.consent TO fs_relay, fs_centre;

-- A letter to a customer, in both languages as it was written then; kept at the home bank.
-- kind: distributed
CREATE TABLE party.notice (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  customer_id uuid NOT NULL,
  source text NOT NULL,
  about_bank smallint NOT NULL,
  kind text NOT NULL,
  title_zh text NOT NULL,
  title_en text NOT NULL,
  body_zh text NOT NULL,
  body_en text NOT NULL,
  facts jsonb NOT NULL,
  at timestamptz NOT NULL,
  read_at timestamptz,
  PRIMARY KEY (institution_id, id),
  CONSTRAINT one_notice_a_source UNIQUE (institution_id, customer_id, source)
);
CREATE INDEX notice_of ON party.notice (institution_id, customer_id, id DESC);
CREATE INDEX notice_unread ON party.notice (institution_id, customer_id) WHERE read_at IS NULL;
ALTER TABLE party.notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON party.notice TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON party.notice TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT, UPDATE (read_at) ON party.notice TO fs_web;
GRANT SELECT, INSERT ON party.notice TO fs_relay;
GRANT SELECT ON party.notice TO fs_centre;

-- kind: distributed
CREATE TABLE party.staff (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  login text NOT NULL CHECK (login ~ '^[a-z][a-z0-9._-]{2,39}$'),
  name text NOT NULL,
  roles text[] NOT NULL CHECK (
    cardinality(roles) > 0
    AND roles <@ ARRAY['teller', 'risk_officer', 'supervisor', 'auditor', 'centre_ops']),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'left')),
  joined_on date NOT NULL,
  PRIMARY KEY (institution_id, id),
  CONSTRAINT one_login UNIQUE (institution_id, login)
);
ALTER TABLE party.staff ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON party.staff TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON party.staff TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT, UPDATE (roles, status, name) ON party.staff TO fs_web;
GRANT SELECT ON party.staff TO fs_relay, fs_centre;

-- Four eyes: what one member of staff asks for and another decides.
-- kind: distributed
CREATE TABLE party.proposal (
  institution_id smallint NOT NULL,
  id uuid NOT NULL,
  act text NOT NULL,
  subject text NOT NULL,
  body jsonb NOT NULL,
  checker_role text NOT NULL,
  maker uuid NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > made_at),
  state text NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'approved', 'refused', 'withdrawn', 'expired')),
  checker uuid,
  decided_at timestamptz,
  reason text NOT NULL DEFAULT '',
  PRIMARY KEY (institution_id, id),
  CONSTRAINT four_eyes CHECK (checker <> maker),
  CONSTRAINT decided_by_a_checker CHECK ((state IN ('approved', 'refused')) = (checker IS NOT NULL)),
  CONSTRAINT decided_at_an_instant CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX proposal_open ON party.proposal (institution_id, act, subject) WHERE state = 'open';
CREATE INDEX proposal_latest ON party.proposal (institution_id, id DESC);
ALTER TABLE party.proposal ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_bank ON party.proposal TO fs_web
  USING (institution_id = current_setting('app.institution')::smallint);
CREATE POLICY all_banks ON party.proposal TO fs_relay, fs_centre USING (true);
GRANT SELECT, INSERT, UPDATE (state, checker, decided_at, reason) ON party.proposal TO fs_web;
GRANT SELECT ON party.proposal TO fs_relay, fs_centre;

-- The one thing a bank may ask of another bank's customers: does this name belong to this account?
-- It runs as the tables' owner, who is not under the policies; it returns no name but the masked one.
CREATE FUNCTION party.name_check(p_bank smallint, p_account bigint, p_name bytea)
RETURNS TABLE (matches boolean, masked text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT a.name_blind = p_name, CASE WHEN a.name_blind = p_name THEN a.name_masked END
  FROM party.customer_account a
  WHERE a.institution_id = p_bank AND a.account_id = p_account AND a.status IN ('active', 'frozen_by_customer')
$$;
REVOKE EXECUTE ON FUNCTION party.name_check FROM PUBLIC;
GRANT EXECUTE ON FUNCTION party.name_check TO fs_web, fs_relay;
