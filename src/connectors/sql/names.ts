import type { Effect } from '../../system/effect.ts'
import type { OptionNames } from '../../system/option-names.ts'
import type {
  CaptureOptions,
  ChangesOptions,
  Cursor,
  OutboxOptions,
  QueryOptions,
  Retention,
  RoutineOptions,
  SqlOptions,
  StatementOptions,
  TableOptions,
} from './config.ts'

export const sqlNames: OptionNames<SqlOptions> = {
  url: true,
  setup: true,
  connections: true,
  connectTimeout: true,
  lockTimeout: true,
  statementTimeout: true,
}

export const tableNames: OptionNames<TableOptions<unknown, string>> = {
  table: true,
  columns: true,
  mode: true,
  key: true,
  update: true,
}

export const statementNames: OptionNames<StatementOptions<unknown>> = { sql: true }

export const queryNames: OptionNames<QueryOptions<unknown, unknown>> = {
  request: true,
  response: true,
  sql: true,
  one: true,
  limit: true,
}

export const procedureNames: OptionNames<RoutineOptions<unknown, unknown, Effect>> = {
  procedure: true,
  request: true,
  arguments: true,
  isFunction: true,
  effect: true,
  response: true,
  returns: true,
}

const cursorNames: OptionNames<Cursor> = { time: true, key: true, unit: true, zone: true }

export const changesNames: OptionNames<ChangesOptions> = {
  cursor: cursorNames,
  every: true,
  overlap: true,
  table: true,
  query: true,
}

export const outboxNames: OptionNames<OutboxOptions> = {
  table: true,
  id: true,
  payload: true,
  time: true,
  codec: true,
  where: true,
  done: { mark: true },
  every: true,
}

const retentionNames: OptionNames<Retention> = { warn: true, drop: true }

export const captureNames: OptionNames<CaptureOptions> = {
  table: true,
  slot: true,
  publication: true,
  create: true,
  from: true,
  retain: retentionNames,
  heartbeat: true,
}
