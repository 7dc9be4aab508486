import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import {
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
  type VotingChannel,
} from '../../system/channel.ts'
import type { Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, idempotent, probed, read } from '../../system/effect.ts'
import { describeSetting, type Setting } from '../../system/setting.ts'
import { checkName } from '../../system/system.ts'
import type { Works } from './branches.ts'
import { type Change, changeModel } from './change.ts'
import { ChangesSource } from './changes.ts'
import type {
  CaptureOptions,
  ChangesOptions,
  OutboxOptions,
  QueryOptions,
  RoutineOptions,
  RoutineSinkOptions,
  SqlOptions,
  StatementOptions,
  TableOptions,
} from './config.ts'
import { openConnection } from './connection.ts'
import type { Database, Dialect } from './database.ts'
import { checkIdentifier, quoteTable } from './identifier.ts'
import {
  captureNames,
  changesNames,
  outboxNames,
  procedureNames,
  queryNames,
  sqlNames,
  statementNames,
  tableNames,
} from './names.ts'
import { openingOf } from './opening.ts'
import { OutboxSource, outboxCodec } from './outbox.ts'
import { Play } from './play.ts'
import { SqlRequester } from './requester.ts'
import { callOf, Routine, routineRequester, routineSink } from './routine.ts'
import { refusal, SqlSink, type Write } from './sink.ts'
import { parameterOf, render, type SqlText } from './sql-text.ts'
import { TableRows, tableCells } from './table-rows.ts'

/** A write may be repeated under its effect key, and the key can be looked up. */
export type ExactlyOnce = Effect<'idempotent', true>

export interface SqlChannels {
  /** Writes each record as a row, once. */
  table<T, C extends string = keyof T & string>(
    name: string,
    model: Model<T>,
    options: TableOptions<T, C>,
  ): VotingChannel<T, ExactlyOnce>
  /** Runs statements for each record, once. */
  statement<T>(name: string, model: Model<T>, options: StatementOptions<T>): VotingChannel<T, ExactlyOnce>
  /** Answers a request with rows. */
  query<I, O>(name: string, options: QueryOptions<I, O>): RequesterChannel<I, O, Effect<'read', false>>
  /** Calls a stored procedure or a function for each record (not in SQLite): a sink, or, with `response`, a requester. */
  procedure<I, O, E extends Effect = ExactlyOnce>(
    name: string,
    options: RoutineOptions<I, O, E>,
  ): RequesterChannel<I, O, E>
  procedure<I>(
    name: string,
    options: RoutineSinkOptions<I, ExactlyOnce> & { readonly effect?: undefined },
  ): VotingChannel<I, ExactlyOnce>
  procedure<I, E extends Effect = ExactlyOnce>(
    name: string,
    options: RoutineSinkOptions<I, E>,
  ): SinkChannel<I, E>
  /** Delivers rows that were added or changed. */
  changes<T>(name: string, model: Model<T>, options: ChangesOptions): SourceChannel<T>
  /** Delivers what an application puts into an outbox. */
  outbox<T>(name: string, model: Model<T>, options: OutboxOptions): SourceChannel<T>
  /** Delivers every change that was committed, deletions too. `model` is that of a row. */
  capture<T>(name: string, model: Model<T>, options: CaptureOptions): SourceChannel<Change<T>>
}

/**
 * PostgreSQL (with the package `pg`), MySQL and MariaDB (with `mysql2`), and SQLite. Effects happen exactly once: each write puts its effect key into the
 * table `isthmus_effects` of the same database, in the same transaction. The table is made when it is missing.
 */
export function sql(options: SqlOptions): Connector<SqlChannels> {
  checkOptionNames('sql()', options, sqlNames)
  openingOf('', options)
  return {
    name: 'sql',
    summary: { url: describeUrl(options.url) },
    channels: sqlChannels,
    connect: context => openConnection(options, openingOf(context.system, options), context),
  }
}

function sqlChannels(system: string): SqlChannels {
  return {
    table: (name, model, options) => tableChannel(system, name, model, options),
    statement: (name, model, options) => statementChannel(system, name, model, options),
    query: (name, options) => queryChannel(system, name, options),
    procedure: <I, O, E extends Effect>(
      name: string,
      options: RoutineOptions<I, O, E> | RoutineSinkOptions<I, E>,
    ) => procedureChannel(system, name, options) as never,
    changes: (name, model, options) => changesChannel(system, name, model, options),
    outbox: (name, model, options) => outboxChannel(system, name, model, options),
    capture: (name, model, options) => captureChannel(system, name, model, options),
  }
}

function tableChannel<T>(system: string, name: string, model: Model<T>, table: TableOptions<T, string>) {
  checkName('channel', name)
  checkOptionNames(channelId({ system, name }), table, tableNames)
  const cells = tableCells(model, table)
  return votingSink(system, name, model, dialect => new TableRows(table, cells, dialect))
}

function statementChannel<T>(system: string, name: string, model: Model<T>, options: StatementOptions<T>) {
  checkName('channel', name)
  checkOptionNames(channelId({ system, name }), options, statementNames)
  return votingSink(system, name, model, ({ placeholder }) => {
    const said = (piece: SqlText) => ({
      text: render(piece, 1, placeholder),
      values: piece.values.map(parameterOf),
      compares: options.compares,
    })
    return { statements: records => records.flatMap(record => [options.sql(record)].flat().map(said)) }
  })
}

/** In a branch it writes its record in the same words as by itself. */
function votingSink<T>(
  system: string,
  name: string,
  model: Model<T>,
  writeFor: (dialect: Dialect) => Write<T>,
) {
  const works: Works = dialect => {
    const write = writeFor(dialect)
    return data => {
      try {
        return write.statements([data as T])
      } catch (error) {
        throw refusal(error)
      }
    }
  }
  const options = new Play(database => new SqlSink<T>(database, writeFor(database.dialect)), works)
  return Object.freeze({
    role: 'sink',
    system,
    name,
    model,
    effect: probed(idempotent),
    votes: true,
    options,
  })
}

function queryChannel<I, O>(system: string, name: string, query: QueryOptions<I, O>) {
  checkName('channel', name)
  checkOptionNames(channelId({ system, name }), query, queryNames)
  const options = new Play(database => new SqlRequester(database, name, query))
  const { request: model, response: answer } = query
  return Object.freeze({ role: 'requester', system, name, model, answer, effect: read, options })
}

function procedureChannel<I, O, E extends Effect>(
  system: string,
  name: string,
  routine: RoutineOptions<I, O, E> | RoutineSinkOptions<I, E>,
) {
  checkName('channel', name)
  checkOptionNames(channelId({ system, name }), routine, procedureNames)
  quoteTable(routine.procedure)
  if (routine.effect?.probe)
    throw new IsthmusError('FLOW-DEFINITION', `Channel ${name}: a procedure of its own effect has no probe.`)
  const { request: model, response: answer, effect = probed(idempotent) } = routine
  if (!answer) {
    const sink = (database: Database) => routineSink(new Routine(database, name, routine))
    if (routine.effect !== undefined)
      return Object.freeze({ role: 'sink', system, name, model, effect, options: new Play(sink) })
    const works: Works = () => (data, effectKey) => callOf(name, routine, data as I, effectKey)
    return Object.freeze({
      role: 'sink',
      system,
      name,
      model,
      effect,
      votes: true,
      options: new Play(sink, works),
    })
  }
  const options = new Play(database => routineRequester(new Routine(database, name, routine)))
  return Object.freeze({ role: 'requester', system, name, model, answer, effect, options })
}

function changesChannel<T>(system: string, name: string, model: Model<T>, changes: ChangesOptions) {
  checkName('channel', name)
  checkOptionNames(channelId({ system, name }), changes, changesNames)
  checkIdentifier(changes.cursor.time)
  checkIdentifier(changes.cursor.key)
  if (changes.table !== undefined) quoteTable(changes.table)
  for (const duration of [changes.every, changes.overlap]) if (duration !== undefined) parseDuration(duration)
  const options = new Play((database, context) => new ChangesSource(database, model, changes, context))
  return Object.freeze({ role: 'source', system, name, model, options })
}

function outboxChannel<T>(system: string, name: string, model: Model<T>, outbox: OutboxOptions) {
  checkName('channel', name)
  checkOptionNames(channelId({ system, name }), outbox, outboxNames)
  quoteTable(outbox.table)
  const mark = typeof outbox.done === 'object' ? outbox.done.mark : outbox.id
  for (const column of [outbox.id, outbox.payload, outbox.time ?? outbox.id, mark]) checkIdentifier(column)
  if (outbox.every !== undefined) parseDuration(outbox.every)
  const codec = outboxCodec(outbox)
  const options = new Play((database, context) => new OutboxSource(database, outbox, context))
  return Object.freeze({ role: 'source', system, name, model, options, decode: codec.decode })
}

function captureChannel<T>(system: string, name: string, row: Model<T>, capture: CaptureOptions) {
  checkName('channel', name)
  checkOptionNames(channelId({ system, name }), capture, captureNames)
  quoteTable(capture.table)
  if (capture.heartbeat !== undefined) parseDuration(capture.heartbeat)
  const options = new Play((database, context) => {
    if (database.capture) return database.capture(name, row, capture, context)
    const text = `Channel ${system}.${name}: no changes can be captured from ${database.dialect.product}.`
    throw new IsthmusError('FLOW-DEFINITION', `${text} Use "changes".`)
  })
  return Object.freeze({ role: 'source', system, name, model: changeModel(row), options })
}

/** An address that stands in the code, without its password. */
function describeUrl(url: Setting): string {
  const shown = describeSetting(url)
  return typeof url === 'string' ? shown.replace(/(:\/\/[^/@]*?):[^/]*@/, '$1@').replace(/\?.*$/, '') : shown
}
