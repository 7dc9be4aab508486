import { branchesTable, effectsTable } from '../database.ts'
import type { Parameter } from '../sql-text.ts'

/** What the thread with the connection does for a branch. */
export type BranchRequest =
  | {
      readonly kind: 'prepare'
      readonly id: string
      readonly effectKey: string
      readonly alone: boolean
      readonly statements: readonly Said[]
    }
  | { readonly kind: 'end'; readonly id: string; readonly how: 'commit' | 'roll back' }

/** `busy`: another branch is prepared. `none`: this one is not. */
export type BranchAnswer = 'prepared' | 'read only' | 'committed' | 'busy' | 'ended' | 'none'

export type Ask = (request: BranchRequest, signal: AbortSignal) => Promise<BranchAnswer>

export interface Said {
  readonly text: string
  readonly values: readonly Parameter[]
  /** It is an error when it changes no row. */
  readonly compares?: boolean | undefined
}

/** Runs a statement; throws its error. */
type Run = (text: string, ...values: readonly Parameter[]) => Record<string, unknown>[]

export const preparedTable = 'isthmus_prepared'
/** What writers hear while a branch is prepared. */
export const lockText = 'isthmus: a transaction over several systems is prepared in this file'

/** It holds one row at most. */
export const createPrepared =
  `create table if not exists ${preparedTable} (one integer primary key check (one = 1), branch text not null, ` +
  'effect_key text not null, statements text not null, at integer not null)'

/** All of it is one transaction, which the caller has begun and ends: committed, unless this throws. */
export function prepareBranch(
  request: BranchRequest & { kind: 'prepare' },
  run: Run,
  runOne: (said: Said) => unknown,
): BranchAnswer {
  const { id, effectKey, alone, statements } = request
  if (run(`select 1 from ${preparedTable}`).length > 0) return 'busy'
  if (!alone) {
    lockTables(run)
    run('savepoint isthmus_trial')
  }
  const before = changesOf(run)
  const broken = alone ? [] : brokenReferences(run)
  for (const statement of statements) runOne(statement)
  if (changesOf(run) === before) {
    if (!alone) run('release isthmus_trial')
    return 'read only'
  }
  mark(run, id, effectKey)
  if (alone) return 'committed'
  const all = new Set(broken)
  if (brokenReferences(run).some(each => !all.has(each)))
    throw Object.assign(new Error('FOREIGN KEY constraint failed'), { errcode: 787 })
  run('rollback to isthmus_trial')
  run('release isthmus_trial')
  const text = `insert into ${preparedTable} values (1, ?1, ?2, ?3, unixepoch('subsec') * 1000)`
  run(text, id, effectKey, JSON.stringify(statements.map(({ text, values }) => [text, values.map(toJson)])))
  return 'prepared'
}

export function endBranch({ id, how }: BranchRequest & { kind: 'end' }, run: Run): BranchAnswer {
  const [row] = run(`select effect_key, statements from ${preparedTable} where branch = ?1`, id)
  if (!row) return 'none'
  run(`delete from ${preparedTable}`)
  if (how === 'roll back') return 'ended'
  const statements = JSON.parse(String(row.statements)) as [string, readonly JsonParameter[]][]
  for (const [text, values] of statements) run(text, ...values.map(fromJson))
  mark(run, id, String(row.effect_key))
  return 'ended'
}

function mark(run: Run, id: string, effectKey: string): void {
  run(`insert into ${effectsTable} (effect_key) values (?1)`, effectKey)
  run(`insert into ${branchesTable} (branch, outcome) values (?1, 'committed')`, id)
}

const events = ['insert', 'update', 'delete'] as const

/** Sees to it that each table has its triggers: one that is new has none, and one that is renamed keeps them. */
function lockTables(run: Run): void {
  const missing = run(
    `select name, event from pragma_table_list,
      (select 'insert' as event union all select 'update' union all select 'delete')
    where schema = 'main' and type = 'table' and name not like 'sqlite\\_%' escape '\\'
      and name not in ('${preparedTable}', '${branchesTable}')
      and not exists (select 1 from sqlite_schema as s where s.type = 'trigger'
        and s.tbl_name = pragma_table_list.name and s.name like 'isthmus\\_lock\\_' || event || '\\_%' escape '\\')`,
  )
  for (const { name, event } of missing) {
    if (!events.some(each => each === event)) continue
    const [random] = run('select lower(hex(randomblob(8))) as random')
    run(
      `create trigger isthmus_lock_${event}_${random?.random} before ${event} on ${quote(String(name))} ` +
        `when exists (select 1 from ${preparedTable}) begin select raise(abort, '${lockText}'); end`,
    )
  }
}

/** The trial is never committed, so nothing would check the references that are checked at the commit. */
function brokenReferences(run: Run): string[] {
  const tables = run(`select name from sqlite_schema where type = 'table' and sql like '%deferrable%'`)
  return tables.flatMap(({ name }) =>
    run(`pragma foreign_key_check(${quote(String(name))})`).map(row => JSON.stringify(row)),
  )
}

function changesOf(run: Run): unknown {
  return run('select total_changes() as changes')[0]?.changes
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

type JsonParameter =
  | string
  | number
  | boolean
  | null
  | { readonly integer: string }
  | { readonly bytes: string }

function toJson(value: Parameter): JsonParameter {
  if (typeof value === 'bigint') return { integer: String(value) }
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value
}

function fromJson(value: JsonParameter): Parameter {
  if (typeof value !== 'object' || value === null) return value
  return 'integer' in value ? BigInt(value.integer) : Buffer.from(value.bytes, 'base64')
}
