import { existsSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Parameter } from '../sql-text.ts'
import { type BranchAnswer, type BranchRequest, endBranch, prepareBranch, type Said } from './branch-work.ts'
import { type SqliteError, unchangedCode } from './failure.ts'

/** A thread with one connection, so that neither a slow statement nor a slow disk holds up the rest of the process. */
export interface WorkerOptions {
  readonly path: string
  readonly create: boolean
  /** Milliseconds to wait for somebody else's lock. */
  readonly lockTimeout: number
}

/** `write` is one transaction, `query` runs each statement by itself, `close` ends the thread. */
export type Request = StatementsRequest | BranchRequest | { readonly kind: 'close' }

interface StatementsRequest {
  readonly kind: 'write' | 'query'
  readonly statements: readonly Said[]
}

type SqliteValue = string | number | bigint | null | Uint8Array

/** One entry a statement; of a transaction that failed, one entry that says which statement failed; of a branch, one. */
export type Reply = readonly (
  | { readonly rows: readonly Record<string, unknown>[] }
  | { readonly error: SqliteError; readonly at: number }
  | { readonly branch: BranchAnswer }
)[]

const mostPrepared = 500
const port = parentPort
const { path, create, lockTimeout } = workerData as WorkerOptions
let database: DatabaseSync | undefined
const prepared = new Map<string, StatementSync>()

port?.on('message', (request: Request) => {
  if (request.kind === 'close') {
    database?.close()
    port.close()
  } else port.postMessage(answerTo(request))
})

function answerTo(request: StatementsRequest | BranchRequest): Reply {
  if ('id' in request) return branch(request)
  const { kind, statements } = request
  return kind === 'write' ? write(statements) : statements.map((each, at) => attempt(at, () => run(each)))
}

/** One transaction. */
function branch(request: BranchRequest): Reply {
  const runText = (text: string, ...values: readonly Parameter[]) => run({ text, values, compares: false })
  let committing = false
  try {
    runText('begin immediate')
    const answer =
      request.kind === 'prepare' ? prepareBranch(request, runText, run) : endBranch(request, runText)
    committing = true
    runText('commit')
    return [{ branch: answer }]
  } catch (error) {
    if (database?.isTransaction) database.exec('rollback')
    return [failed(error, 0, committing)]
  }
}

function write(statements: StatementsRequest['statements']): Reply {
  const all: readonly Said[] = [
    { text: 'begin immediate', values: [] },
    ...statements,
    { text: 'commit', values: [] },
  ]
  for (const [index, statement] of all.entries()) {
    const result = attempt(index - 1, () => run(statement), index === all.length - 1)
    if (!('error' in result)) continue
    if (database?.isTransaction) database.exec('rollback')
    return [result]
  }
  return []
}

function attempt(at: number, action: () => Record<string, unknown>[], committing = false) {
  try {
    return { rows: action() }
  } catch (error) {
    return failed(error, at, committing)
  }
}

function failed(error: unknown, at: number, committing: boolean) {
  const { errcode = 0, message } = error as Error & { errcode?: number }
  return { error: { code: errcode, message, committing }, at }
}

function run({ text, values, compares }: Said): Record<string, unknown>[] {
  const statement = prepare(text)
  const before = compares && changes()
  const rows = statement.all(...values.map(sqliteValue)).map(readable)
  if (compares && changes() === before) throw Object.assign(new Error('no row'), { errcode: unchangedCode })
  return rows
}

function changes(): unknown {
  return prepare('select total_changes() as changes').get()?.changes
}

/** Whole numbers are handed over as integers: as floating-point numbers they would get a `.0` in a column of text. */
function sqliteValue(value: Parameter): SqliteValue {
  if (typeof value === 'boolean') return value ? 1n : 0n
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

function prepare(text: string): StatementSync {
  let statement = prepared.get(text)
  if (!statement) {
    database ??= open()
    statement = database.prepare(text)
    // SQLite would leave out what follows, without a word.
    if (text.slice(statement.sourceSQL.length).trim() !== '')
      throw Object.assign(new Error('syntax error: more than one statement'), { errcode: 1 })
    statement.setReadBigInts(true)
    if (prepared.size >= mostPrepared) prepared.clear()
    prepared.set(text, statement)
  }
  return statement
}

function open(): DatabaseSync {
  if (!create && !existsSync(path))
    throw Object.assign(new Error(`there is no file ${path}`), { errcode: 14 })
  return new DatabaseSync(path, { timeout: lockTimeout })
}

/** Integers that a JavaScript number cannot hold become text. */
function readable(row: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(row)) {
    if (typeof value !== 'bigint') continue
    const number = Number(value)
    row[name] = Number.isSafeInteger(number) ? number : String(value)
  }
  return row
}
