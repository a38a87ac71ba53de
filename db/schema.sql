-- schema.sql: the store of a scan, schema version 4.
--
-- Made once, in one transaction, when a scan starts.  The columns of the scan's parameters and
-- observables are added to `point` right after (v_NAME, as told by the table `value`), and then the
-- views `points` and `terms`, which are what people and other programs should read:
--
--     sqlite3 SCAN.db 'SELECT * FROM points WHERE accepted LIMIT 3'
--
-- Times are seconds since 1970 UTC.  A value that is missing is NULL.

-- Odds and ends by name.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- The scan file as given and resolved; the last row counts, those before are its history.
CREATE TABLE scan (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    folder TEXT NOT NULL,
    seed TEXT NOT NULL,
    text TEXT NOT NULL,
    resolved TEXT NOT NULL
);

-- The values of a point, in the order of its row; place is NULL for one that is no longer in the
-- scan file.  column_name is the column in `point` after its "v_", and the column in `points`: the
-- name itself, or with _2, _3 ... where two names differ in case only (SQL does not).
CREATE TABLE value (
    name TEXT PRIMARY KEY,
    place INTEGER,
    column_name TEXT NOT NULL,
    unit TEXT NOT NULL,
    is_parameter INTEGER NOT NULL
);

-- One row per point, written `running` before it runs and closed afterwards.  It has no index but
-- its id, and nothing but numbers: hundreds of thousands of rows are written per second.
--   origin   0 start 1 explore 2 learned 3 local 4 list 5 inject 6 pin
--   state    2 running 3 accepted 4 rejected 5 unknown 6 failed
--   fails    bit i: term i does not hold; bit 62 is always set
--   unknown  bit i: term i has no value
-- state begins at 2, and bit 62 is set, so that a new label never changes the length of a row:
-- relabelling a million points then takes half the time.
CREATE TABLE point (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    state INTEGER NOT NULL,
    predicted REAL,   -- probability of the target when it was proposed
    density REAL,     -- of the proposal in the unit cube, where it is known
    fails INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    chi2 REAL,
    worker INTEGER,
    seconds REAL,
    ended REAL
);

-- Why a point failed: the calculator, its stage, the class, and the tail of its own words.
CREATE TABLE failure (
    point INTEGER PRIMARY KEY,
    calculator TEXT NOT NULL,
    stage TEXT NOT NULL,
    reason TEXT NOT NULL,
    words TEXT NOT NULL
);

-- Failures counted; kept as points close.
CREATE TABLE tally (
    calculator TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    example TEXT NOT NULL,
    PRIMARY KEY (calculator, reason)
) WITHOUT ROWID;

-- Calculators that ran for a point, in their order.
CREATE TABLE step (
    point INTEGER NOT NULL,
    place INTEGER NOT NULL,
    calculator TEXT NOT NULL,
    exit INTEGER NOT NULL,
    seconds REAL,
    PRIMARY KEY (point, place)
) WITHOUT ROWID;

-- Output files that `keep:` asks for.
CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    point INTEGER NOT NULL,
    calculator TEXT NOT NULL,
    name TEXT NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX file_of_point ON file (point);

-- The terms as judged now.  bit: in point.fails and point.unknown; NULL for one that is not judged.
-- taken_out: a constraint of the scan file that the user took out live.
CREATE TABLE term (
    name TEXT NOT NULL,
    is_cut INTEGER NOT NULL, -- added live
    bit INTEGER,
    text TEXT NOT NULL,
    has_pull INTEGER NOT NULL,
    taken_out INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (name, is_cut)
) WITHOUT ROWID;

-- What was proposed and trained, and what came of it.  The counts are kept as points close, so that
-- reading them takes no longer with a million points.  u_: of those drawn uniformly from the prior
-- (origins start and explore), the honest share.  p_: of those in pinned boxes, which the learner did
-- not choose either.
CREATE TABLE round (
    round INTEGER PRIMARY KEY,
    first_id INTEGER NOT NULL DEFAULT 0,
    n_points INTEGER NOT NULL DEFAULT 0, -- proposed
    started REAL,
    ended REAL,
    train_s REAL,
    propose_s REAL,
    wall_s REAL,                         -- from asking for its proposal to having it
    promised REAL,
    volume REAL,
    volume_error REAL,
    after INTEGER NOT NULL DEFAULT 0,    -- proposed from all rounds up to this one
    metrics TEXT,
    n_running INTEGER NOT NULL DEFAULT 0,
    n_accepted INTEGER NOT NULL DEFAULT 0,
    n_rejected INTEGER NOT NULL DEFAULT 0,
    n_unknown INTEGER NOT NULL DEFAULT 0,
    n_failed INTEGER NOT NULL DEFAULT 0,
    u_running INTEGER NOT NULL DEFAULT 0,
    u_accepted INTEGER NOT NULL DEFAULT 0,
    u_rejected INTEGER NOT NULL DEFAULT 0,
    u_unknown INTEGER NOT NULL DEFAULT 0,
    u_failed INTEGER NOT NULL DEFAULT 0,
    p_closed INTEGER NOT NULL DEFAULT 0,
    p_accepted INTEGER NOT NULL DEFAULT 0,
    p_failed INTEGER NOT NULL DEFAULT 0,
    evaluations INTEGER NOT NULL DEFAULT 0, -- of the chain; a point that ran twice counts twice
    chain_s REAL NOT NULL DEFAULT 0
);

-- The learner's weights and the survey's state, as of a round; the last few are kept.
CREATE TABLE model (round INTEGER PRIMARY KEY, at REAL NOT NULL, data BLOB NOT NULL);

-- Lebesgue cells: classes of the integrand's height as known after a round of the integration.
-- Volumes are shares of the unit cube; part is the contribution to the integral.
CREATE TABLE cell (
    round INTEGER NOT NULL,
    cell INTEGER NOT NULL,  -- from 0, by height
    lo REAL,
    hi REAL,
    volume REAL,
    volume_error REAL,
    mean REAL,
    mean_error REAL,
    part REAL,
    part_error REAL,
    budget REAL,            -- share of the integral's variance
    n INTEGER NOT NULL,
    n_next INTEGER NOT NULL, -- calls of the next round meant for it
    share_right REAL,       -- of its volume: predicted rightly, truly below, truly above
    share_below REAL,
    share_above REAL,
    most REAL,              -- largest absolute height seen in it
    PRIMARY KEY (round, cell)
) WITHOUT ROWID;

-- The integral, after each round of the integration.
CREATE TABLE integral (
    round INTEGER PRIMARY KEY,
    block INTEGER NOT NULL,     -- the last of its rounds of points
    stage TEXT NOT NULL,
    at REAL NOT NULL,
    n INTEGER NOT NULL,
    n_failed INTEGER NOT NULL,
    estimate REAL,              -- of this round alone
    estimate_error REAL,
    integral REAL,              -- of all rounds up to it
    error REAL,
    lo REAL,                    -- 95 %, valid at every moment at once
    hi REAL,
    absolute REAL,              -- of the absolute value
    absolute_error REAL,
    is_converged INTEGER NOT NULL,
    alarms INTEGER NOT NULL,
    why TEXT NOT NULL,
    n_calls INTEGER NOT NULL,
    n_calls_failed INTEGER NOT NULL,
    failed_volume REAL,
    failed_error REAL,
    largest_share REAL,
    chi2 REAL,
    n_chi2 INTEGER NOT NULL,
    n_uniform INTEGER NOT NULL,
    n_peaks INTEGER NOT NULL,
    n_classes INTEGER NOT NULL,
    unseen_volume REAL,
    unseen_above REAL,
    purity REAL,
    surrogate REAL
);

-- What a user asked for live, and the answer: never deleted, the journal.  undo: the commands that
-- take it back, one per line; NULL for one that cannot be.  undone: the command `undo` that did.
CREATE TABLE command (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    text TEXT NOT NULL,
    answer TEXT,
    ok INTEGER,
    round INTEGER,
    answered REAL,
    undo TEXT,
    undone INTEGER
);

-- The engine that runs on this store, or ran last: one row.
CREATE TABLE engine (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    state TEXT NOT NULL,
    words TEXT NOT NULL,
    started REAL,
    beat REAL,
    active_s REAL NOT NULL
);

-- What its workers do now; point is NULL for one that is idle, calculator where it is not known.
CREATE TABLE worker (
    worker INTEGER PRIMARY KEY,
    pid INTEGER NOT NULL,
    point INTEGER,
    since REAL,
    n_done INTEGER NOT NULL,
    busy_s REAL NOT NULL,
    calculator TEXT,
    calculator_since REAL
);

-- level: 0 note, 1 warning, 2 error
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    level INTEGER NOT NULL,
    text TEXT NOT NULL
);
