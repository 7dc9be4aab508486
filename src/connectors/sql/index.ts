export { readCatalogue } from './catalogue.ts'
export type { Change } from './change.ts'
export type {
  CaptureOptions,
  Cell,
  ChangesOptions,
  Cursor,
  OutboxOptions,
  QueryOptions,
  Retention,
  RoutineOptions,
  RoutineSinkOptions,
  SqlOptions,
  StatementOptions,
  TableOptions,
} from './config.ts'
export { type ExactlyOnce, type SqlChannels, sql } from './connector.ts'
export { type OutArgument, out } from './out-argument.ts'
export { json, list, type SqlText, type SqlValue, sqlText } from './sql-text.ts'
