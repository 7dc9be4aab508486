/** Functions that make one value of many rows, in DuckDB and PostgreSQL. What is not among them transforms a row. */
export const aggregates: ReadonlySet<string> = new Set(
  `any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_min arg_min_null array_agg avg
  bit_and bit_or bit_xor bitstring_agg bool_and bool_or corr count count_if count_star countif covar_pop covar_samp
  entropy every favg first fsum geometric_mean geomean group_concat histogram json_agg json_group_array
  json_group_object json_object_agg jsonb_agg kahan_sum kurtosis kurtosis_pop last list listagg mad max max_by mean
  median min min_by mode percentile_cont percentile_disc product quantile quantile_cont quantile_disc regr_avgx
  regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy reservoir_quantile sem skewness
  stddev stddev_pop stddev_samp string_agg sum sum_no_overflow sumkahan var_pop var_samp variance`.split(
    /\s+/,
  ),
)

/** Names without brackets that no table holds. */
export const moments: ReadonlySet<string> = new Set(
  `current_date current_time current_timestamp localtime localtimestamp current_user current_role current_schema
  session_user user rowid`.split(/\s+/),
)
