export type { DuckdbOptions } from './config.ts'
export { duckdb } from './connector.ts'
