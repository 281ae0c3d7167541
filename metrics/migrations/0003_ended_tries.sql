-- How many tries each thing ended, on PostgreSQL; metrics.models explains it.
CREATE FUNCTION metrics_endedtries_add() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    job_type bigint;
BEGIN
    FOR job_type IN
        INSERT INTO metrics_endedtries (job_type_id, "end", tries)
        SELECT revision.job_type_id, after."end", count(*)
        FROM after JOIN job_types_jobtyperevision AS revision ON revision.id = after.job_type_rev_id
        WHERE after."end" IS NOT NULL GROUP BY 1, 2
        RETURNING job_type_id
    LOOP
        -- One in sixteen folds the rows of the job type. One transaction at a time does: an advisory lock is released
        -- after the commit, and each statement of a function sees what was committed before it.
        IF random() < 0.0625 AND pg_try_advisory_xact_lock('metrics_endedtries'::regclass::integer, hashint8(job_type))
        THEN
            WITH gone AS (DELETE FROM metrics_endedtries WHERE job_type_id = job_type RETURNING "end", tries)
            INSERT INTO metrics_endedtries (job_type_id, "end", tries)
            SELECT job_type, "end", sum(tries) FROM gone GROUP BY "end";
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- A try that has ended is never changed again, so each that is written with an end has just ended.
CREATE TRIGGER metrics_endedtries_insert AFTER INSERT ON jobs_jobexecution REFERENCING NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION metrics_endedtries_add();

CREATE TRIGGER metrics_endedtries_update AFTER UPDATE ON jobs_jobexecution REFERENCING NEW TABLE AS after
FOR EACH STATEMENT EXECUTE FUNCTION metrics_endedtries_add();
