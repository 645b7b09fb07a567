-- Catalog: small, local to one database, never sharded.

CREATE TABLE coppice.tenant (
  tenant      int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id          uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  name        text NOT NULL UNIQUE
);
INSERT INTO coppice.tenant (name) VALUES ('default');

-- One repository with its forks and clones. The next_* columns are where the next range of dense numbers begins.
CREATE TABLE coppice.space (
  space       int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant      int4 NOT NULL REFERENCES coppice.tenant,
  root_commit bytea,
  next_blob   int8 NOT NULL DEFAULT 0,
  next_text   int8 NOT NULL DEFAULT 0,
  next_name   int8 NOT NULL DEFAULT 0,
  gc_epoch    int8 NOT NULL DEFAULT 0,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX space_root ON coppice.space (tenant, root_commit) WHERE root_commit IS NOT NULL;

-- Paths and ref names are bytes: neither git nor the file system promises UTF-8.
CREATE TABLE coppice.repo (
  repo         int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  space        int4 NOT NULL REFERENCES coppice.space,
  name         text NOT NULL,
  location     bytea NOT NULL,
  git_dir      bytea NOT NULL,
  remote       bool NOT NULL,
  ref_patterns bytea[] NOT NULL,
  subtree      bytea NOT NULL,
  gen          int8 NOT NULL DEFAULT 0,
  problem      text NOT NULL DEFAULT '',
  added_at     timestamptz NOT NULL DEFAULT now(),
  removed_at   timestamptz
);
CREATE UNIQUE INDEX repo_name ON coppice.repo (name) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX repo_location ON coppice.repo (sha256(location));
CREATE INDEX repo_space ON coppice.repo (space);

-- indexed, skipped, quarantined, pending, chunk_count, extractor, template, model and subtree say how `commit` was
-- indexed.
CREATE TABLE coppice.git_ref (
  space       int4 NOT NULL,
  repo        int4 NOT NULL,
  name        bytea NOT NULL,
  symbolic    bytea NOT NULL DEFAULT '',
  head        bytea NOT NULL DEFAULT '',
  commit      bytea NOT NULL DEFAULT '',
  tracked     bool NOT NULL DEFAULT true,
  indexed     int8 NOT NULL DEFAULT 0,
  skipped     int8 NOT NULL DEFAULT 0,
  quarantined int8 NOT NULL DEFAULT 0,
  pending     int8 NOT NULL DEFAULT 0,
  chunk_count int8 NOT NULL DEFAULT 0,
  extractor   int4 NOT NULL DEFAULT 0,
  template    int2 NOT NULL DEFAULT 0,
  model       int4 NOT NULL DEFAULT 0,
  subtree     bytea NOT NULL DEFAULT '',
  indexed_at  timestamptz,
  PRIMARY KEY (space, repo, name)
);

CREATE TABLE coppice.model (
  model      int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL,
  revision   text NOT NULL,
  dimensions int4 NOT NULL CHECK (dimensions BETWEEN 1 AND 4000),
  UNIQUE (name, revision)
);

-- state: 0 queued, 1 running, 2 done, 3 failed, 4 cancelled.
CREATE TABLE coppice.job (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  space       int4 NOT NULL,
  repo        int4 NOT NULL,
  ref         bytea NOT NULL,
  target      bytea NOT NULL,
  state       int2 NOT NULL DEFAULT 0,
  prio        int2 NOT NULL DEFAULT 0,
  run_after   timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz,
  token       int8 NOT NULL DEFAULT 0,
  attempts    int4 NOT NULL DEFAULT 0,
  phase       text NOT NULL DEFAULT '',
  done        int8 NOT NULL DEFAULT 0,
  total       int8 NOT NULL DEFAULT 0,
  error_code  text NOT NULL DEFAULT '',
  error       text NOT NULL DEFAULT '',
  reason      text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL DEFAULT now(),
  started_at  timestamptz,
  finished_at timestamptz
);
CREATE UNIQUE INDEX job_queued ON coppice.job (repo, ref) WHERE state = 0;
CREATE UNIQUE INDEX job_running ON coppice.job (repo) WHERE state = 1;
CREATE INDEX job_due ON coppice.job (prio DESC, run_after) WHERE state IN (0, 1);
CREATE INDEX job_active ON coppice.job (created_at) WHERE state IN (0, 1);
CREATE INDEX job_ended ON coppice.job (created_at) WHERE state NOT IN (0, 1);
CREATE INDEX job_failed ON coppice.job (created_at) WHERE state = 3;
CREATE INDEX job_of_ref ON coppice.job (repo, ref, created_at);

-- Keeps a commit that no ref has reached yet.
CREATE TABLE coppice.pin (
  space  int4 NOT NULL,
  repo   int4 NOT NULL,
  commit bytea NOT NULL,
  job    uuid NOT NULL,
  until  timestamptz NOT NULL,
  PRIMARY KEY (space, repo, commit, job)
);

-- What git stores. Large; `space` leads every key; no foreign key, no sequence.

CREATE TABLE coppice.git_commit (
  space       int4 NOT NULL,
  repo        int4 NOT NULL,
  oid         bytea NOT NULL,
  tree        bytea NOT NULL,
  parents     bytea[] NOT NULL,
  author_time int8 NOT NULL,
  author      bytea NOT NULL,
  message     bytea NOT NULL,
  PRIMARY KEY (space, repo, oid)
);

-- git's raw objects that a walk reads: trees, and the bodies of .gitattributes.
CREATE TABLE coppice.git_tree (
  space int4 NOT NULL,
  repo  int4 NOT NULL,
  oid   bytea NOT NULL,
  raw   bytea NOT NULL,
  PRIMARY KEY (space, repo, oid)
);

CREATE TABLE coppice.git_object (
  space   int4 NOT NULL,
  repo    int4 NOT NULL,
  oid     bytea NOT NULL,
  blob_no int4 NOT NULL,
  PRIMARY KEY (space, repo, oid)
);

CREATE TABLE coppice.blob (
  space    int4 NOT NULL,
  blob_no  int4 NOT NULL,
  sha256   bytea NOT NULL,
  size     int8 NOT NULL,
  state    int2 NOT NULL,
  reason   int2 NOT NULL,
  modeline int2 NOT NULL,
  shebang  int2 NOT NULL,
  PRIMARY KEY (space, blob_no),
  UNIQUE (space, sha256)
);

-- codec: 1 zstd. Compressed by the program, so the server must not try again.
-- What could not be read: missing or damaged objects, looked for again.
CREATE INDEX blob_unread ON coppice.blob (space, blob_no) WHERE reason IN (10, 13);

CREATE TABLE coppice.blob_body (
  space   int4 NOT NULL,
  blob_no int4 NOT NULL,
  codec   int2 NOT NULL,
  data    bytea NOT NULL,
  PRIMARY KEY (space, blob_no)
);
ALTER TABLE coppice.blob_body ALTER COLUMN data SET STORAGE EXTERNAL;

-- What one extractor version says of one blob under one grammar. c_ chunks (c_begin has one entry more: the end),
-- d_ definitions, r_ references. Offsets are bytes, lines are 1-based. All texts of c_text are of `template` and have
-- vectors of `model`.
CREATE TABLE coppice.blob_fact (
  space        int4 NOT NULL,
  blob_no      int4 NOT NULL,
  grammar      int2 NOT NULL,
  extractor    int4 NOT NULL,
  template     int2 NOT NULL,
  model        int4 NOT NULL,
  status       int2 NOT NULL,
  reason       int2 NOT NULL,
  c_begin      int4[] NOT NULL,
  c_first_line int4[] NOT NULL,
  c_last_line  int4[] NOT NULL,
  c_kind       int2[] NOT NULL,
  c_definition int4[] NOT NULL,
  c_text       int4[] NOT NULL,
  d_kind       int2[] NOT NULL,
  d_name       int4[] NOT NULL,
  d_symbol     bytea[] NOT NULL,
  d_begin      int4[] NOT NULL,
  d_end        int4[] NOT NULL,
  d_first_line int4[] NOT NULL,
  d_last_line  int4[] NOT NULL,
  d_sig_begin  int4[] NOT NULL,
  d_sig_end    int4[] NOT NULL,
  d_doc_begin  int4[] NOT NULL,
  d_doc_end    int4[] NOT NULL,
  r_kind       int2[] NOT NULL,
  r_name       int4[] NOT NULL,
  r_line       int4[] NOT NULL,
  r_column     int4[] NOT NULL,
  PRIMARY KEY (space, blob_no, grammar, extractor)
);

-- Interned names. Bytes: a name comes from a file. Above 2,000 bytes: cut, with the SHA-256 of the whole.
CREATE TABLE coppice.name (
  space   int4 NOT NULL,
  name_no int4 NOT NULL,
  name    bytea NOT NULL,
  PRIMARY KEY (space, name_no),
  UNIQUE (space, name)
);

CREATE TABLE coppice.text (
  space        int4 NOT NULL,
  text_no      int4 NOT NULL,
  input_sha256 bytea NOT NULL,
  template     int2 NOT NULL,
  PRIMARY KEY (space, text_no),
  UNIQUE (space, input_sha256, template)
);

CREATE TABLE coppice.text_vector (
  space   int4 NOT NULL,
  model   int4 NOT NULL,
  text_no int4 NOT NULL,
  v       halfvec NOT NULL,
  PRIMARY KEY (space, model, text_no)
);
ALTER TABLE coppice.text_vector ALTER COLUMN v SET STORAGE EXTERNAL;

-- lz4 where the server was built with it.
DO $$
DECLARE
  col record;
BEGIN
  FOR col IN
    SELECT c.relname, a.attname
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'coppice'::pg_catalog.regnamespace
      AND c.relname IN ('blob_fact', 'git_tree', 'git_commit') AND c.relkind = 'r'
      AND a.attnum > 0 AND a.attstorage = 'x'
  LOOP
    EXECUTE pg_catalog.format('ALTER TABLE coppice.%I ALTER COLUMN %I SET COMPRESSION lz4', col.relname, col.attname);
  END LOOP;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END
$$;

-- For people: one row per chunk, definition, reference. Names as text, with other bytes escaped.
CREATE VIEW coppice.chunk AS
  SELECT f.space, f.blob_no, f.grammar, f.extractor, c.no, f.c_begin[c.no] AS begin_byte, f.c_begin[c.no + 1] AS end_byte,
         c.first_line, c.last_line, c.kind, c.definition, c.text_no
  FROM coppice.blob_fact f
  CROSS JOIN LATERAL unnest(f.c_first_line, f.c_last_line, f.c_kind, f.c_definition, f.c_text)
    WITH ORDINALITY AS c (first_line, last_line, kind, definition, text_no, no);

CREATE VIEW coppice.definition AS
  SELECT f.space, f.blob_no, f.grammar, f.extractor, d.no, d.kind, encode(n.name, 'escape') AS name,
         encode(d.symbol, 'escape') AS symbol, d.begin_byte, d.end_byte, d.first_line, d.last_line
  FROM coppice.blob_fact f
  CROSS JOIN LATERAL unnest(f.d_kind, f.d_name, f.d_symbol, f.d_begin, f.d_end, f.d_first_line, f.d_last_line)
    WITH ORDINALITY AS d (kind, name_no, symbol, begin_byte, end_byte, first_line, last_line, no)
  JOIN coppice.name n ON n.space = f.space AND n.name_no = d.name_no;

CREATE VIEW coppice.reference AS
  SELECT f.space, f.blob_no, f.grammar, f.extractor, r.no, r.kind, encode(n.name, 'escape') AS name, r.line, r.col
  FROM coppice.blob_fact f
  CROSS JOIN LATERAL unnest(f.r_kind, f.r_name, f.r_line, f.r_column) WITH ORDINALITY AS r (kind, name_no, line, col, no)
  JOIN coppice.name n ON n.space = f.space AND n.name_no = r.name_no;
