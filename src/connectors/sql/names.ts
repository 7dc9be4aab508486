import type { OptionNames } from '../../message/option-names.ts'
import type { Effect } from '../../system/effect.ts'
import type {
  CaptureOptions,
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

export const sqlNames: OptionNames<SqlOptions> = {
  url: 'needed',
  setup: true,
  connections: true,
  connectTimeout: true,
  lockTimeout: true,
  statementTimeout: true,
}

export const tableNames: OptionNames<TableOptions<unknown, string>> = {
  table: 'needed',
  columns: true,
  mode: 'needed',
  key: true,
  update: true,
}

export const statementNames: OptionNames<StatementOptions<unknown>> = { sql: 'needed', compares: true }

export const queryNames: OptionNames<QueryOptions<unknown, unknown>> = {
  request: 'needed',
  response: 'needed',
  sql: 'needed',
  one: true,
  limit: true,
}

export const procedureNames: OptionNames<
  RoutineOptions<unknown, unknown, Effect> | RoutineSinkOptions<unknown, Effect>
> = {
  procedure: 'needed',
  request: 'needed',
  arguments: true,
  isFunction: true,
  effect: true,
  response: true,
  returns: true,
}

const cursorNames: OptionNames<Cursor> = { time: 'needed', key: 'needed', unit: true, zone: true }

export const changesNames: OptionNames<ChangesOptions> = {
  cursor: cursorNames,
  every: true,
  overlap: true,
  table: true,
  query: true,
}

export const outboxNames: OptionNames<OutboxOptions> = {
  table: 'needed',
  id: 'needed',
  payload: 'needed',
  time: true,
  codec: true,
  where: true,
  done: { mark: true },
  every: true,
}

const retentionNames: OptionNames<Retention> = { warn: true, drop: true }

export const captureNames: OptionNames<CaptureOptions> = {
  table: 'needed',
  slot: true,
  publication: true,
  create: true,
  from: true,
  retain: retentionNames,
  heartbeat: true,
}
