-- Tables of a small lending library.
CREATE SCHEMA lending;

/* How a loan may end. */
CREATE TYPE lending.loan_state AS ENUM ('open', 'returned', 'lost');

-- Who may borrow.
CREATE TABLE lending.member (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- As written on the card.
    full_name text NOT NULL,
    joined_on date DEFAULT now()
);

CREATE TABLE IF NOT EXISTS lending.loan (
    id bigint PRIMARY KEY,
    member_id bigint NOT NULL REFERENCES lending.member (id) ON DELETE CASCADE,
    state lending.loan_state NOT NULL DEFAULT 'open',
    due timestamptz,
    CONSTRAINT loan_due CHECK (due IS NOT NULL)
);

-- Overdue loans are asked for every hour.
CREATE INDEX loan_by_due ON lending.loan (due) WHERE state = 'open';

CREATE SEQUENCE lending.card_number START 1000;

-- Loans that should have come back.
CREATE VIEW lending.overdue AS
SELECT l.id, m.full_name
FROM lending.loan l
JOIN lending.member m ON m.id = l.member_id
WHERE l.due < now();

CREATE MATERIALIZED VIEW lending.busy_members AS
SELECT member_id, count(*) AS loans FROM lending.loan GROUP BY member_id;

-- Days that a loan is late, never below zero.
CREATE OR REPLACE FUNCTION lending.days_late(loan bigint)
RETURNS integer
LANGUAGE sql
AS $$
    SELECT greatest(0, extract(day FROM now() - due)::integer)
    FROM lending.loan WHERE id = loan
$$;

CREATE FUNCTION lending.touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.due := now();
    RETURN NEW;
END;
$body$;

CREATE TRIGGER loan_touch
BEFORE UPDATE ON lending.loan
FOR EACH ROW EXECUTE FUNCTION lending.touch();

ALTER TABLE lending.member ADD COLUMN email text;

INSERT INTO lending.member (full_name) VALUES ('Ada');
UPDATE lending.loan SET state = 'lost' WHERE lending.days_late(id) > 365;
DELETE FROM lending.loan WHERE state = 'returned';
