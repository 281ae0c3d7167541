-- Each statement adds up the jobs that it let begin ("after" it they wait or run) and cease ("before" it they did), and
-- folds what has sixteen rows without the one that it adds: it does not see that one yet.
CREATE OR REPLACE FUNCTION jobs_tally_insert() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    crowded record;
BEGIN
    FOR crowded IN
        WITH added AS (
            INSERT INTO jobs_tally
            SELECT status, job_type_id, job_type_rev_id, count(*), max(last_status_change)
            FROM after WHERE status IN ('QUEUED', 'RUNNING') GROUP BY 1, 2, 3
            RETURNING status, job_type_id, job_type_rev_id
        )
        SELECT status, job_type_id, job_type_rev_id FROM added
        WHERE (
            SELECT count(*) FROM jobs_tally AS held
            WHERE held.status = added.status AND held.job_type_id = added.job_type_id
            AND held.job_type_rev_id = added.job_type_rev_id
        ) >= 16
    LOOP
        PERFORM jobs_tally_fold(crowded.status, crowded.job_type_id, crowded.job_type_rev_id);
    END LOOP;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION jobs_tally_update() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    crowded record;
BEGIN
    FOR crowded IN
        WITH steps (status, job_type_id, job_type_rev_id, change, began, ceased) AS (
            SELECT status, job_type_id, job_type_rev_id, 1, last_status_change, NULL::timestamptz
            FROM after WHERE status IN ('QUEUED', 'RUNNING')
            UNION ALL
            SELECT status, job_type_id, job_type_rev_id, -1, NULL, last_status_change
            FROM before WHERE status IN ('QUEUED', 'RUNNING')
        ), added AS (
            INSERT INTO jobs_tally
            SELECT status, job_type_id, job_type_rev_id, sum(change), max(began), max(ceased)
            FROM steps GROUP BY 1, 2, 3 HAVING sum(change) <> 0 OR max(began) <> max(ceased)
            RETURNING status, job_type_id, job_type_rev_id
        )
        SELECT status, job_type_id, job_type_rev_id FROM added
        WHERE (
            SELECT count(*) FROM jobs_tally AS held
            WHERE held.status = added.status AND held.job_type_id = added.job_type_id
            AND held.job_type_rev_id = added.job_type_rev_id
        ) >= 16
    LOOP
        PERFORM jobs_tally_fold(crowded.status, crowded.job_type_id, crowded.job_type_rev_id);
    END LOOP;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION jobs_tally_delete() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    crowded record;
BEGIN
    FOR crowded IN
        WITH added AS (
            INSERT INTO jobs_tally
            SELECT status, job_type_id, job_type_rev_id, -count(*), NULL, max(last_status_change)
            FROM before WHERE status IN ('QUEUED', 'RUNNING') GROUP BY 1, 2, 3
            RETURNING status, job_type_id, job_type_rev_id
        )
        SELECT status, job_type_id, job_type_rev_id FROM added
        WHERE (
            SELECT count(*) FROM jobs_tally AS held
            WHERE held.status = added.status AND held.job_type_id = added.job_type_id
            AND held.job_type_rev_id = added.job_type_rev_id
        ) >= 16
    LOOP
        PERFORM jobs_tally_fold(crowded.status, crowded.job_type_id, crowded.job_type_rev_id);
    END LOOP;
    RETURN NULL;
END $$;
