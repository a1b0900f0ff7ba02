-- The days of the book, built from the journal behind the writer's back (days.py): what a statement from a date, a
-- balance at an instant, interest numbers and the general ledger are read from. All of it can be built again.

-- Up to which position the days are built; `closed_to` is the last day that takes nothing any more.
-- kind: distributed
CREATE TABLE ledger.followed (
  institution_id smallint PRIMARY KEY,
  position bigint NOT NULL DEFAULT 0,
  posted_on date NOT NULL DEFAULT '-infinity',
  closed_to date NOT NULL DEFAULT '-infinity'
);

-- The positions of a day: where the bank's book stood when the day began and ended.
-- kind: distributed
CREATE TABLE ledger.day_edge (
  institution_id smallint NOT NULL,
  posted_on date NOT NULL,
  first_position bigint NOT NULL,
  last_position bigint NOT NULL,
  PRIMARY KEY (institution_id, posted_on)
);
CREATE INDEX day_edge_position ON ledger.day_edge (institution_id, first_position);

-- The last movement of an account on each day it moved: where its statement up to that day begins.
-- kind: distributed
CREATE TABLE ledger.day_head (
  institution_id smallint NOT NULL,
  account bigint NOT NULL,
  posted_on date NOT NULL,
  position bigint NOT NULL,
  seq bigint NOT NULL,
  balance bigint NOT NULL,
  PRIMARY KEY (institution_id, account, posted_on)
);

-- What an account turned over, by the day it counts from (value_on) and the day we learned of it (posted_on).
-- kind: distributed
CREATE TABLE ledger.day_turn (
  institution_id smallint NOT NULL,
  account bigint NOT NULL,
  value_on date NOT NULL,
  posted_on date NOT NULL,
  debit bigint NOT NULL,
  credit bigint NOT NULL,
  PRIMARY KEY (institution_id, account, value_on, posted_on)
);

-- The general ledger: what each subject turned over by the day it is booked on. That is the day it happened, or the
-- next open one when that day was closed before it was posted.
-- kind: distributed
CREATE TABLE ledger.general (
  institution_id smallint NOT NULL,
  subject text NOT NULL,
  currency char(3) NOT NULL,
  book_on date NOT NULL,
  debit numeric(30) NOT NULL,
  credit numeric(30) NOT NULL,
  legs bigint NOT NULL,
  PRIMARY KEY (institution_id, subject, currency, book_on)
);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['followed', 'day_edge', 'day_head', 'day_turn', 'general'] LOOP
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY all_banks ON ledger.%I TO fs_writer, fs_centre USING (true)', t);
    EXECUTE format('CREATE POLICY own_bank ON ledger.%I FOR SELECT TO fs_web'
      ' USING (institution_id = current_setting(''app.institution'')::smallint)', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON ledger.%I TO fs_writer', t);
    EXECUTE format('GRANT SELECT ON ledger.%I TO fs_web, fs_centre', t);
  END LOOP;
END $$;

-- The Shanghai day of an instant: the bank's day.
CREATE FUNCTION ledger.day_of(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (at AT TIME ZONE 'Asia/Shanghai')::date;

-- Build the days of positions (p_from, p_to]; the caller holds the bank's row of `followed`.
-- A clock that ran backwards does not take a row back into a day that is over: days follow positions.
CREATE FUNCTION ledger.follow(p_bank smallint, p_to bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  f ledger.followed;
  n bigint;
BEGIN
  SELECT * INTO f FROM ledger.followed WHERE institution_id = p_bank FOR UPDATE;
  IF p_to <= f.position THEN
    RETURN 0;
  END IF;
  WITH seen AS MATERIALIZED (
    SELECT j.position, j.debit, j.credit, j.amount, j.debit_balance, j.credit_balance, j.debit_seq, j.credit_seq,
      greatest(f.posted_on, max(ledger.day_of(j.posted_at)) OVER (ORDER BY j.position)) AS posted_on,
      ledger.day_of(coalesce(j.event_at, j.posted_at)) AS value_on
    FROM ledger.journal j WHERE j.institution_id = p_bank AND j.position > f.position AND j.position <= p_to
  ), legs AS MATERIALIZED (
    SELECT debit AS account, position, debit_seq AS seq, debit_balance AS balance, amount AS dr, 0::bigint AS cr,
      posted_on, value_on FROM seen WHERE debit_seq > 0
    UNION ALL
    SELECT credit, position, credit_seq, credit_balance, 0, amount, posted_on, value_on FROM seen WHERE debit_seq > 0
  ), edges AS (
    INSERT INTO ledger.day_edge SELECT p_bank, posted_on, min(position), max(position) FROM seen GROUP BY 2
    ON CONFLICT (institution_id, posted_on) DO UPDATE SET last_position = excluded.last_position
  ), heads AS (
    INSERT INTO ledger.day_head
    SELECT DISTINCT ON (account, posted_on) p_bank, account, posted_on, position, seq, balance
    FROM legs ORDER BY account, posted_on, position DESC
    ON CONFLICT (institution_id, account, posted_on)
    DO UPDATE SET position = excluded.position, seq = excluded.seq, balance = excluded.balance
  ), turns AS (
    INSERT INTO ledger.day_turn AS t
    SELECT p_bank, account, value_on, posted_on, sum(dr), sum(cr) FROM legs GROUP BY 2, 3, 4
    ON CONFLICT (institution_id, account, value_on, posted_on)
    DO UPDATE SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit
  ), booked AS (
    INSERT INTO ledger.general AS g
    SELECT p_bank, a.subject, a.currency, greatest(least(l.value_on, l.posted_on), f.closed_to + 1),
      sum(dr), sum(cr), count(*)
    FROM legs l JOIN ledger.account a ON a.institution_id = p_bank AND a.id = l.account GROUP BY 2, 3, 4
    ON CONFLICT (institution_id, subject, currency, book_on) DO UPDATE
    SET debit = g.debit + excluded.debit, credit = g.credit + excluded.credit, legs = g.legs + excluded.legs
  )
  SELECT count(*) INTO n FROM seen;
  UPDATE ledger.followed u SET position = p_to,
    posted_on = greatest(f.posted_on, (SELECT max(e.posted_on) FROM ledger.day_edge e WHERE e.institution_id = p_bank))
    WHERE u.institution_id = p_bank;
  RETURN n;
END $$;
GRANT EXECUTE ON FUNCTION ledger.follow TO fs_writer;

-- What lies in a sealed month is not for SQL: the caller reads its pages instead (sealed.py).
CREATE FUNCTION ledger.must_be_open(p_found boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT p_found THEN
    RAISE EXCEPTION 'this part of the journal is sealed' USING ERRCODE = 'FS001';
  END IF;
END $$;

-- The position a bank's book had reached at an instant, found by halving the day's batches. Exact when posted times
-- do not run backwards, and then within the batch that was on its way.
CREATE FUNCTION ledger.position_at(p_bank smallint, p_at timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  low bigint := 0;  -- everything up to here was posted at p_at or before
  high bigint;
  probe record;
BEGIN
  SELECT last_position INTO low FROM ledger.day_edge
    WHERE institution_id = p_bank AND posted_on < ledger.day_of(p_at) ORDER BY posted_on DESC LIMIT 1;
  low := coalesce(low, 0);
  SELECT last_position INTO high FROM ledger.day_edge WHERE institution_id = p_bank AND posted_on = ledger.day_of(p_at);
  high := coalesce(high, low);
  WHILE low < high LOOP
    SELECT j.position, j.posted_at INTO probe FROM ledger.journal j
      WHERE j.institution_id = p_bank AND j.position = (low + high + 1) / 2;
    PERFORM ledger.must_be_open(FOUND);
    IF probe.posted_at <= p_at THEN
      low := probe.position;
    ELSE
      high := probe.position - 1;
    END IF;
  END LOOP;
  RETURN low;
END $$;

-- Where an account's statement up to and with a day begins; 0 when it had not moved by then.
CREATE FUNCTION ledger.head_on(p_bank smallint, p_account bigint, p_on date) RETURNS bigint LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce((
    SELECT position FROM ledger.day_head
    WHERE institution_id = p_bank AND account = p_account AND posted_on <= p_on ORDER BY posted_on DESC LIMIT 1
  ), 0);
END;

-- The account's last movement at or before a position, and the balance after it. A quiet account's chain is
-- walked; one that moves all the time is met soon when looking back through the journal.
CREATE FUNCTION ledger.head_at(p_bank smallint, p_account bigint, p_position bigint, OUT head bigint,
  OUT fen bigint, OUT nth bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
  on_day date;
  before ledger.day_head;
  today ledger.day_head;
  r record;
  spot bigint;
BEGIN
  SELECT e.posted_on INTO on_day FROM ledger.day_edge e
    WHERE e.institution_id = p_bank AND e.first_position <= p_position ORDER BY e.first_position DESC LIMIT 1;
  SELECT * INTO before FROM ledger.day_head h
    WHERE h.institution_id = p_bank AND h.account = p_account AND h.posted_on < on_day
    ORDER BY h.posted_on DESC LIMIT 1;
  head := coalesce(before.position, 0); fen := coalesce(before.balance, 0); nth := coalesce(before.seq, 0);
  SELECT * INTO today FROM ledger.day_head h
    WHERE h.institution_id = p_bank AND h.account = p_account AND h.posted_on = on_day;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF today.position <= p_position THEN
    head := today.position; fen := today.balance; nth := today.seq;
    RETURN;
  END IF;
  IF today.seq - nth > 1000 THEN
    PERFORM ledger.must_be_open(EXISTS (
      SELECT FROM ledger.journal j WHERE j.institution_id = p_bank AND j.position = p_position));
    SELECT j.* INTO r FROM ledger.journal j WHERE j.institution_id = p_bank AND j.position <= p_position
      AND j.position > head AND j.debit_seq > 0 AND (j.debit = p_account OR j.credit = p_account)
      ORDER BY j.position DESC LIMIT 1;
  ELSE
    spot := today.position;
    WHILE spot > p_position LOOP
      SELECT j.* INTO r FROM ledger.journal j WHERE j.institution_id = p_bank AND j.position = spot;
      PERFORM ledger.must_be_open(FOUND);
      spot := CASE WHEN r.debit = p_account THEN r.debit_prev ELSE r.credit_prev END;
    END LOOP;
    IF spot = head THEN
      RETURN;
    END IF;
    SELECT j.* INTO r FROM ledger.journal j WHERE j.institution_id = p_bank AND j.position = spot;
    PERFORM ledger.must_be_open(FOUND);
  END IF;
  IF r.position IS NOT NULL THEN
    head := r.position;
    fen := CASE WHEN r.debit = p_account THEN r.debit_balance ELSE r.credit_balance END;
    nth := CASE WHEN r.debit = p_account THEN r.debit_seq ELSE r.credit_seq END;
  END IF;
END $$;

-- An account's balance at an instant, as it was posted then.
CREATE FUNCTION ledger.balance_at(p_bank smallint, p_account bigint, p_at timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT fen FROM ledger.head_at(p_bank, p_account, ledger.position_at(p_bank, p_at))
$$;

-- An account's balance at the end of a value day, as far as it was known at the end of another.
CREATE FUNCTION ledger.value_balance(p_bank smallint, p_account bigint, p_on date, p_known_on date DEFAULT 'infinity')
RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT coalesce(sum(credit - debit), 0)::bigint FROM ledger.day_turn
  WHERE institution_id = p_bank AND account = p_account AND value_on <= p_on AND posted_on <= p_known_on;
END;

-- Every account's balance as of a position: one consistent picture, whatever is posted meanwhile.
CREATE FUNCTION ledger.balances_as_of(p_bank smallint, p_position bigint)
RETURNS TABLE (account bigint, balance bigint, seq bigint, last bigint) LANGUAGE sql STABLE AS $$
  WITH day AS (
    SELECT posted_on, first_position FROM ledger.day_edge
    WHERE institution_id = p_bank AND first_position <= p_position ORDER BY first_position DESC LIMIT 1
  ), tail AS (
    SELECT j.* FROM ledger.journal j, day WHERE j.institution_id = p_bank AND j.debit_seq > 0
      AND j.position >= day.first_position AND j.position <= p_position
  ), every AS (
    SELECT h.account, h.balance, h.seq, h.position FROM ledger.day_head h, day
      WHERE h.institution_id = p_bank AND h.posted_on < day.posted_on
    UNION ALL SELECT debit, debit_balance, debit_seq, position FROM tail
    UNION ALL SELECT credit, credit_balance, credit_seq, position FROM tail
  )
  SELECT DISTINCT ON (account) account, balance, seq, position FROM every ORDER BY account, position DESC
$$;
GRANT EXECUTE ON FUNCTION ledger.must_be_open, ledger.position_at, ledger.head_on, ledger.head_at, ledger.balance_at,
  ledger.value_balance, ledger.balances_as_of TO fs_web, fs_writer, fs_centre;
