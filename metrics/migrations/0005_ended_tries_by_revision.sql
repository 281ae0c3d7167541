-- As in 0003, but that tries are counted by revision before their job types are looked up, where a join read all
-- revisions. Those of a job type get a row each, until these are folded.
CREATE OR REPLACE FUNCTION metrics_endedtries_add() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    job_type bigint;
BEGIN
    FOR job_type IN
        INSERT INTO metrics_endedtries (job_type_id, "end", tries)
        SELECT revision.job_type_id, ended."end", ended.tries
        FROM (
            SELECT job_type_rev_id, "end", count(*) AS tries FROM after WHERE "end" IS NOT NULL GROUP BY 1, 2
        ) AS ended
        -- The limit makes it a step into the index for each, whatever was expected when the plan was made.
        CROSS JOIN LATERAL (
            SELECT job_type_id FROM job_types_jobtyperevision WHERE id = ended.job_type_rev_id LIMIT 1
        ) AS revision
        RETURNING job_type_id
    LOOP
        IF random() < 0.0625 AND pg_try_advisory_xact_lock('metrics_endedtries'::regclass::integer, hashint8(job_type))
        THEN
            WITH gone AS (DELETE FROM metrics_endedtries WHERE job_type_id = job_type RETURNING "end", tries)
            INSERT INTO metrics_endedtries (job_type_id, "end", tries)
            SELECT job_type, "end", sum(tries) FROM gone GROUP BY "end";
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
