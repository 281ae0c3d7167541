-- The tally of running jobs, as it was at first; 0011_queue replaces it.
CREATE TABLE jobs_tally (
    job_type_id bigint NOT NULL,
    change integer NOT NULL,
    began timestamptz,
    ceased timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX jobs_tally_of_job_type ON jobs_tally (job_type_id);

-- Rows that add up to nothing can be deleted only if they are all rows of a job type: then each job that ceased is
-- among those that began. So one transaction at a time folds a job type. An advisory lock is released after the
-- commit, and each statement of a function sees what was committed before it: the next to fold finds the row that
-- the last one left.
CREATE FUNCTION jobs_tally_fold(job_types bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    folded bigint;
BEGIN
    FOREACH folded IN ARRAY coalesce(job_types, '{}') LOOP
        IF (SELECT count(*) FROM jobs_tally WHERE job_type_id = folded) > 16
            AND pg_try_advisory_xact_lock('jobs_tally'::regclass::integer, (folded % 2147483647)::integer)
        THEN
            WITH gone AS (DELETE FROM jobs_tally WHERE job_type_id = folded RETURNING change, began, ceased)
            INSERT INTO jobs_tally
            SELECT folded, sum(change), max(began), max(ceased) FROM gone HAVING sum(change) <> 0;
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION jobs_tally_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM jobs_tally;
    RETURN NULL;
END $$;

-- Each statement adds up the jobs that it let begin ("after" it they run) and cease ("before" it they ran).
CREATE FUNCTION jobs_tally_insert() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    job_types bigint[];
BEGIN
    WITH steps (job_type_id, change, began, ceased) AS (
        SELECT job_type_id, 1, last_status_change, NULL::timestamptz FROM after WHERE status = 'RUNNING'
    ), added AS (
        INSERT INTO jobs_tally
        SELECT job_type_id, sum(change), max(began), max(ceased) FROM steps GROUP BY job_type_id
        HAVING sum(change) <> 0 OR max(began) <> max(ceased)
        RETURNING job_type_id
    )
    SELECT array_agg(job_type_id) INTO job_types FROM added;
    PERFORM jobs_tally_fold(job_types);
    RETURN NULL;
END $$;

CREATE FUNCTION jobs_tally_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    job_types bigint[];
BEGIN
    WITH steps (job_type_id, change, began, ceased) AS (
        SELECT job_type_id, 1, last_status_change, NULL::timestamptz FROM after WHERE status = 'RUNNING'
        UNION ALL
        SELECT job_type_id, -1, NULL::timestamptz, last_status_change FROM before WHERE status = 'RUNNING'
    ), added AS (
        INSERT INTO jobs_tally
        SELECT job_type_id, sum(change), max(began), max(ceased) FROM steps GROUP BY job_type_id
        HAVING sum(change) <> 0 OR max(began) <> max(ceased)
        RETURNING job_type_id
    )
    SELECT array_agg(job_type_id) INTO job_types FROM added;
    PERFORM jobs_tally_fold(job_types);
    RETURN NULL;
END $$;

CREATE FUNCTION jobs_tally_delete() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    job_types bigint[];
BEGIN
    WITH steps (job_type_id, change, began, ceased) AS (
        SELECT job_type_id, -1, NULL::timestamptz, last_status_change FROM before WHERE status = 'RUNNING'
    ), added AS (
        INSERT INTO jobs_tally
        SELECT job_type_id, sum(change), max(began), max(ceased) FROM steps GROUP BY job_type_id
        HAVING sum(change) <> 0 OR max(began) <> max(ceased)
        RETURNING job_type_id
    )
    SELECT array_agg(job_type_id) INTO job_types FROM added;
    PERFORM jobs_tally_fold(job_types);
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
