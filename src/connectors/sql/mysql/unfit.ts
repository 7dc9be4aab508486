import { branchesTable, effectsTable } from '../database.ts'
import { failureOf } from './failure.ts'
import type { Session } from './session.ts'

const never = new AbortController().signal

type Look = (values: ReadonlyMap<string, string>) => string | undefined | false

/** By the server's variables. Those that a product does not have are not there. */
const looks: readonly Look[] = [
  v => {
    const version = v.get('version') ?? ''
    const isMariadb = version.includes('MariaDB')
    const [oldest, why] = isMariadb
      ? ['10.6.0', 'before, a promise may get lost with its connection']
      : ['8.0.30', 'before, a crash may lose a promise while the binary log is written']
    const isOld = compare(version, oldest) < 0
    return (
      isOld &&
      `Version ${version} is too old: ${isMariadb ? 'MariaDB' : 'MySQL'} ${oldest} or later is needed; ${why}.`
    )
  },
  v =>
    v.get('wsrep_on') === 'ON' &&
    'This is a node of a Galera cluster (wsrep_on), which has no XA: use another server.',
  v =>
    (v.get('read_only') === 'ON' || v.get('super_read_only') === 'ON') &&
    'The server is read-only (read_only): give the url of the primary.',
  v =>
    v.get('innodb_flush_log_at_trx_commit') !== '1' &&
    'innodb_flush_log_at_trx_commit is not 1: the server may forget at a crash what it has promised. Set it to 1.',
  v =>
    v.get('log_bin') === 'ON' &&
    v.get('binlog_format') === 'STATEMENT' &&
    'binlog_format is STATEMENT, by which branches are not replicated safely: set it to ROW.',
]

/** What is wrong with the server's variables. */
export function unfitBy(values: ReadonlyMap<string, string>): string[] {
  return looks.map(look => look(values)).filter(problem => typeof problem === 'string')
}

/** What keeps the server from taking part. */
export async function unfitFor(session: Session): Promise<string[]> {
  const names = [
    'version',
    'wsrep_on',
    'read_only',
    'super_read_only',
    'innodb_flush_log_at_trx_commit',
    'log_bin',
    'binlog_format',
  ]
  const shown = await session.table(
    `show global variables where variable_name in (${names.map(name => `'${name}'`)})`,
    never,
  )
  const values = new Map(shown.map(row => [String(row.Variable_name), String(row.Value)]))
  return [
    ...unfitBy(values),
    ...(await wrongEngines(session)),
    ...(await notListed(session)),
    ...(await replica(session)),
  ]
}

async function wrongEngines(session: Session): Promise<string[]> {
  const text = `select table_name as name, engine as engine from information_schema.tables
    where table_schema = database() and table_name in (?, ?) and engine <> 'InnoDB'`
  const rows = await session.rows({ text, values: [effectsTable, branchesTable] }, never)
  return rows.map(
    ({ name, engine }) =>
      `The table ${name} has the engine ${engine}, which has no transactions: make it InnoDB.`,
  )
}

async function notListed(session: Session): Promise<string[]> {
  try {
    await session.table('xa recover', never)
    return []
  } catch (thrown) {
    const { error, lost } = failureOf(thrown, 'Listing branches')
    if (lost && error.detail.mysql === undefined) throw thrown
    return [
      `Branches cannot be listed (XA RECOVER): ${error.message} In MySQL grant XA_RECOVER_ADMIN to the user.`,
    ]
  }
}

/** A replica that may be written to would get the primary's changes beside ours. Who may not ask is not told. */
async function replica(session: Session): Promise<string[]> {
  const rows = await session.table('show replica status', never).catch(() => [])
  return rows.length === 0 ? [] : ['The server is a replica: give the url of the primary.']
}

function compare(version: string, other: string): number {
  const [a, b] = [version, other].map(text => text.split(/[.-]/, 3).map(Number))
  for (let at = 0; at < 3; at++) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
