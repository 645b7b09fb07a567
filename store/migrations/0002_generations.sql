-- Which model's vectors are served, which are being made, which were served before.
-- state: 0 building, 1 serving, 2 kept.
CREATE TABLE coppice.generation (
  model        int4 PRIMARY KEY REFERENCES coppice.model,
  state        int2 NOT NULL CHECK (state BETWEEN 0 AND 2),
  done         int8 NOT NULL DEFAULT 0,
  total        int8 NOT NULL DEFAULT 0,
  problem      text NOT NULL DEFAULT '',
  started_at   timestamptz NOT NULL DEFAULT now(),
  served_at    timestamptz,
  served_until timestamptz
);
CREATE UNIQUE INDEX generation_building ON coppice.generation (state) WHERE state = 0;
CREATE UNIQUE INDEX generation_serving ON coppice.generation (state) WHERE state = 1;

-- A database that was indexed before: what most refs were indexed with.
INSERT INTO coppice.generation (model, state, served_at)
  SELECT model, 1, now() FROM coppice.git_ref WHERE model <> 0 GROUP BY model ORDER BY count(*) DESC LIMIT 1;

-- model 0 in blob_fact and git_ref: written by a daemon that makes no vectors; another one makes them.
CREATE INDEX blob_fact_pending ON coppice.blob_fact (space, blob_no) WHERE model = 0;

-- A range of blobs whose vectors some daemon is making.
CREATE TABLE coppice.vector_claim (
  space      int4 NOT NULL,
  model      int4 NOT NULL,
  first_blob int4 NOT NULL,
  owner      text NOT NULL,
  until      timestamptz NOT NULL,
  PRIMARY KEY (space, model, first_blob)
);
