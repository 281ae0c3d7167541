-- The total of all jobs on PostgreSQL; jobs/total.py explains it.
CREATE TABLE jobs_total (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    change bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE FUNCTION jobs_total_change() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    added bigint;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM jobs_total;
        RETURN NULL;
    END IF;
    INSERT INTO jobs_total (change)
    SELECT CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END FROM changed HAVING count(*) > 0
    RETURNING id INTO added;
    -- The lock is released after the commit, so that the next one to fold finds the row that this one leaves.
    IF added % 16 = 0 AND pg_try_advisory_xact_lock('jobs_total'::regclass::integer, 0) THEN
        WITH gone AS (DELETE FROM jobs_total RETURNING change)
        INSERT INTO jobs_total (change) SELECT sum(change) FROM gone;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER jobs_total_insert AFTER INSERT ON jobs_job REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION jobs_total_change();

CREATE TRIGGER jobs_total_delete AFTER DELETE ON jobs_job REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION jobs_total_change();

CREATE TRIGGER jobs_total_truncate AFTER TRUNCATE ON jobs_job
FOR EACH STATEMENT EXECUTE FUNCTION jobs_total_change();
