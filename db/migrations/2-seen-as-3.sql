-- 2-seen-as-3.sql: a store of schema 2 as a reader of schema 3 sees it: it holds no integration.
CREATE TEMP VIEW cell AS
    SELECT 0 AS round, 0 AS cell, NULL AS lo, NULL AS hi, NULL AS volume, NULL AS volume_error,
           NULL AS mean, NULL AS mean_error, NULL AS part, NULL AS part_error, NULL AS budget,
           0 AS n, 0 AS n_next, NULL AS share_right, NULL AS share_below, NULL AS share_above,
           NULL AS most
    WHERE 0;
CREATE TEMP VIEW integral AS
    SELECT 0 AS round, 0 AS block, '' AS stage, 0 AS at, 0 AS n, 0 AS n_failed, NULL AS estimate,
           NULL AS estimate_error, NULL AS integral, NULL AS error, NULL AS lo, NULL AS hi,
           NULL AS absolute, NULL AS absolute_error, 0 AS is_converged, 0 AS alarms, '' AS why,
           0 AS n_calls, 0 AS n_calls_failed, NULL AS failed_volume, NULL AS failed_error,
           NULL AS largest_share, NULL AS chi2, 0 AS n_chi2, 0 AS n_uniform, 0 AS n_peaks,
           0 AS n_classes, NULL AS unseen_volume, NULL AS unseen_above, NULL AS purity,
           NULL AS surrogate
    WHERE 0;
