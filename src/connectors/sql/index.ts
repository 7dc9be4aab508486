export { readCatalogue } from './catalogue.ts'
export type {
  Cell,
  ChangesOptions,
  Cursor,
  OutboxOptions,
  QueryOptions,
  RoutineOptions,
  RoutineSinkOptions,
  SqlOptions,
  StatementOptions,
  TableOptions,
} from './config.ts'
export { type ExactlyOnce, type SqlChannels, sql } from './connector.ts'
export { type OutArgument, out } from './routine-call.ts'
export { json, list, type SqlText, type SqlValue, sqlText } from './sql-text.ts'
