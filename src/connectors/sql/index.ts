export type {
  Cell,
  ChangesOptions,
  Cursor,
  OutboxOptions,
  QueryOptions,
  SqlOptions,
  StatementOptions,
  TableOptions,
} from './config.ts'
export { type ExactlyOnce, type SqlChannels, sql } from './connector.ts'
export { json, list, type SqlText, type SqlValue, sqlText } from './sql-text.ts'
