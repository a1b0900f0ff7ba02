-- Who is asked to open a closed day again may say no, and who asked may take it back; one asks at a time.
ALTER TABLE ledger.reopening ADD COLUMN refused_by uuid, ADD COLUMN refused_at timestamptz,
  ADD COLUMN answer text NOT NULL DEFAULT '',
  ADD CONSTRAINT reopening_decided_once CHECK (agreed_at IS NULL OR refused_at IS NULL);

-- Of several that wait for one day the newest stays.
UPDATE ledger.reopening r SET refused_by = r.asked_by, refused_at = r.asked_at
  WHERE r.agreed_at IS NULL AND EXISTS (SELECT FROM ledger.reopening n WHERE n.institution_id = r.institution_id
    AND n.on_day = r.on_day AND n.agreed_at IS NULL AND n.id > r.id);
CREATE UNIQUE INDEX reopening_open ON ledger.reopening (institution_id, on_day)
  WHERE agreed_at IS NULL AND refused_at IS NULL;
