-- Two more kinds of rows: 7 settles a part of a hold and leaves the rest held; 8 voids a hold by the clock.
-- (After 0020, which makes the journal anew.) Old rows satisfy the wider constraints, so they are not read.
DO $$
DECLARE
  old record;
BEGIN
  FOR old IN
    SELECT conname FROM pg_constraint
    WHERE conrelid = 'ledger.journal'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%kind%'
  LOOP
    EXECUTE format('ALTER TABLE ledger.journal DROP CONSTRAINT %I', old.conname);
  END LOOP;
END $$;
-- A partition's own copy, from before it was attached, stays when the parent's goes.
DO $$
DECLARE
  old record;
BEGIN
  FOR old IN
    SELECT c.conname, p.relname FROM pg_constraint c
    JOIN pg_class p ON p.oid = c.conrelid JOIN pg_inherits i ON i.inhrelid = p.oid
    WHERE i.inhparent = 'ledger.journal'::regclass AND c.contype = 'c' AND pg_get_constraintdef(c.oid) LIKE '%kind%'
  LOOP
    EXECUTE format('ALTER TABLE ledger.%I DROP CONSTRAINT %I', old.relname, old.conname);
  END LOOP;
END $$;
ALTER TABLE ledger.journal
  ADD CONSTRAINT journal_kind CHECK (kind BETWEEN 1 AND 8) NOT VALID,
  ADD CONSTRAINT journal_still_debit CHECK ((kind IN (2, 4, 8)) = (debit_seq = 0)) NOT VALID,
  ADD CONSTRAINT journal_still_credit CHECK ((kind IN (2, 4, 8)) = (credit_seq = 0)) NOT VALID;
