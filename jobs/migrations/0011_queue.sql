-- The tally of queued and running jobs on PostgreSQL; jobs/tally.py explains it.
CREATE TABLE jobs_tally (
    status text NOT NULL,
    job_type_id bigint NOT NULL,
    job_type_rev_id bigint NOT NULL,
    change integer NOT NULL,
    began timestamptz,
    ceased timestamptz,
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX jobs_tally_of_revision ON jobs_tally (status, job_type_id, job_type_rev_id);

-- Rows that add up to nothing can be deleted only if they are all rows of a status and revision: then each job that
-- ceased is among those that began. So one transaction at a time folds them. An advisory lock is released after the
-- commit, and each statement of a function sees what was committed before it: the next to fold finds the row that
-- the last one left.
CREATE FUNCTION jobs_tally_fold(of_status text, job_type bigint, revision bigint) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (
        SELECT count(*) FROM jobs_tally
        WHERE status = of_status AND job_type_id = job_type AND job_type_rev_id = revision
    ) > 16 AND pg_try_advisory_xact_lock('jobs_tally'::regclass::integer, hashtext(of_status || revision)) THEN
        WITH gone AS (
            DELETE FROM jobs_tally
            WHERE status = of_status AND job_type_id = job_type AND job_type_rev_id = revision
            RETURNING change, began, ceased
        )
        INSERT INTO jobs_tally
        SELECT of_status, job_type, revision, sum(change), max(began), max(ceased)
        FROM gone HAVING sum(change) <> 0;
    END IF;
END $$;

CREATE FUNCTION jobs_tally_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM jobs_tally;
    RETURN NULL;
END $$;

-- Each statement adds up the jobs that it let begin ("after" it they wait or run) and cease ("before" it they did).
CREATE FUNCTION jobs_tally_insert() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    added record;
BEGIN
    FOR added IN
        INSERT INTO jobs_tally
        SELECT status, job_type_id, job_type_rev_id, count(*), max(last_status_change)
        FROM after WHERE status IN ('QUEUED', 'RUNNING') GROUP BY 1, 2, 3
        RETURNING status, job_type_id, job_type_rev_id
    LOOP
        PERFORM jobs_tally_fold(added.status, added.job_type_id, added.job_type_rev_id);
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION jobs_tally_update() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    added record;
BEGIN
    FOR added IN
        WITH steps (status, job_type_id, job_type_rev_id, change, began, ceased) AS (
            SELECT status, job_type_id, job_type_rev_id, 1, last_status_change, NULL::timestamptz
            FROM after WHERE status IN ('QUEUED', 'RUNNING')
            UNION ALL
            SELECT status, job_type_id, job_type_rev_id, -1, NULL, last_status_change
            FROM before WHERE status IN ('QUEUED', 'RUNNING')
        )
        INSERT INTO jobs_tally
        SELECT status, job_type_id, job_type_rev_id, sum(change), max(began), max(ceased)
        FROM steps GROUP BY 1, 2, 3 HAVING sum(change) <> 0 OR max(began) <> max(ceased)
        RETURNING status, job_type_id, job_type_rev_id
    LOOP
        PERFORM jobs_tally_fold(added.status, added.job_type_id, added.job_type_rev_id);
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION jobs_tally_delete() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    added record;
BEGIN
    FOR added IN
        INSERT INTO jobs_tally
        SELECT status, job_type_id, job_type_rev_id, -count(*), NULL, max(last_status_change)
        FROM before WHERE status IN ('QUEUED', 'RUNNING') GROUP BY 1, 2, 3
        RETURNING status, job_type_id, job_type_rev_id
    LOOP
        PERFORM jobs_tally_fold(added.status, added.job_type_id, added.job_type_rev_id);
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER jobs_tally_insert AFTER INSERT ON jobs_job REFERENCING NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION jobs_tally_insert();

CREATE TRIGGER jobs_tally_update AFTER UPDATE ON jobs_job REFERENCING OLD TABLE AS before NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION jobs_tally_update();

CREATE TRIGGER jobs_tally_delete AFTER DELETE ON jobs_job REFERENCING OLD TABLE AS before
FOR EACH STATEMENT EXECUTE FUNCTION jobs_tally_delete();

CREATE TRIGGER jobs_tally_truncate AFTER TRUNCATE ON jobs_job
FOR EACH STATEMENT EXECUTE FUNCTION jobs_tally_truncate();
