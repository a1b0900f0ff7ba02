-- The proof reads all of it.
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['period', 'reopening', 'interest_number', 'import_file'] LOOP
    EXECUTE format('CREATE POLICY proof ON ledger.%I FOR SELECT TO fs_writer USING (true)', t);
    EXECUTE format('GRANT SELECT ON ledger.%I TO fs_writer', t);
  END LOOP;
END $$;
