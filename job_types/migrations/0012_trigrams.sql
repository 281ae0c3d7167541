-- Keywords are looked up in these: names in upper case, and tags in their caseless form. The catalogue is written seldom
-- and read often, so nothing new waits in a list beside them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX IF NOT EXISTS job_type_name_trigrams
    ON job_types_jobtype USING gin (upper(name::text) gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX IF NOT EXISTS job_type_tag_trigrams
    ON job_types_jobtypetag USING gin (folded gin_trgm_ops) WITH (fastupdate = off);
