-- A writer that is frozen within a transaction keeps the epoch's row locked, idle or in the middle of a COPY, and no
-- time-out of the server covers both. Whoever follows it ends its session. Only when the lease is over, and only
-- sessions with a write or row lock on the two rows of ownership: readers hold neither.
CREATE FUNCTION ledger.end_late_writer() RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*) FILTER (WHERE pg_terminate_backend(holder.pid, 1000))::integer
  FROM (
    SELECT DISTINCT k.pid FROM pg_locks k
    WHERE k.locktype = 'relation' AND k.granted AND k.pid <> pg_backend_pid()
      AND k.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND k.relation IN ('ledger.epoch'::regclass, 'ledger.lease'::regclass)
      AND k.mode IN ('RowShareLock', 'RowExclusiveLock')
      AND EXISTS (SELECT FROM ledger.lease l WHERE l.shard = 0 AND l.until <= clock_timestamp())
  ) holder
$$;
REVOKE ALL ON FUNCTION ledger.end_late_writer() FROM public;
GRANT EXECUTE ON FUNCTION ledger.end_late_writer() TO fs_writer;
