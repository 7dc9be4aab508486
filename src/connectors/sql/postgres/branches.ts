import { IsthmusError } from '../../../errors.ts'
import type { PreparedBranch, Vote } from '../../../system/roles.ts'
import { type Branches, beforePromise, insertMarker, perform, type WorkedBranch } from '../branches.ts'
import { type Database, type Failed, type Run, rowsOf, type Statement } from '../database.ts'
import { postgresDialect as dialect } from './dialect.ts'

const never = new AbortController().signal
/** SQLSTATE where no transaction of the id is prepared, and where another session is ending it. */
const notPrepared = new Set<unknown>(['42704', '55000'])
/** Since it tells prepared transactions and ids of transactions as we ask for them. */
const oldest = 130_000

const begin = say('begin')
const commit = say('commit')
/** A transaction without an id has changed nothing. */
const progress = say('select pg_current_xact_id_if_assigned() is not null as changed')

/**
 * PREPARE TRANSACTION. While a branch is at work its connection bears the branch's id as its application name, by
 * which it is found and ended; a promise is bound to no connection any more, and the name is the old one again.
 */
export class PostgresBranches implements Branches {
  readonly #database: Database
  readonly #connections: number

  /** `connections`: how many branches can be at work at a time. */
  constructor(database: Database, connections: number) {
    this.#database = database
    this.#connections = connections
  }

  async prepare(branch: WorkedBranch, signal: AbortSignal): Promise<Vote> {
    let sent = false
    const work = async (run: Run): Promise<Vote> => {
      const named = { text: `select set_config('application_name', $1, true)`, values: [branch.id] }
      // All in one round trip: after an error the server does nothing of what follows.
      const begun = [run(begin), run(named)]
      const work = branch.works.flatMap(each =>
        'procedure' in each ? [perform(run, dialect, each)] : each.map(one => perform(run, dialect, [one])),
      )
      const [[[state] = []]] = await Promise.all([run(progress), ...work, ...begun])
      if (!state?.changed) {
        await run(commit)
        return { vote: 'read only' }
      }
      sent = true
      // After an error the server makes a rollback of what follows.
      await Promise.all([
        run(dialect.insertKeys([branch.effectKey])),
        run(insertMarker(dialect, branch.id, 'committed')),
        run(branch.alone ? commit : say(`prepare transaction '${branch.id}'`)),
      ])
      return { vote: branch.alone ? 'committed' : 'prepared' }
    }
    const done = await this.#database.transact?.(work, signal, true)
    if (done?.outcome === 'done') return done.value
    throw beforePromise(explained((done as Failed).error), sent)
  }

  async finish(id: string, how: 'commit' | 'roll back'): Promise<boolean> {
    const text = how === 'commit' ? `commit prepared '${id}'` : `rollback prepared '${id}'`
    const [done] = await this.#database.query([say(text)], never)
    if (done?.ok) return true
    if (notPrepared.has(done?.error.detail.sqlstate)) return false
    throw done?.error
  }

  async cut(id: string): Promise<boolean> {
    const text = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = $1 and datname = current_database() and pid <> pg_backend_pid()`
    return (await rowsOf(this.#database, { text, values: [id] }, never)).length > 0
  }

  async prepared(prefix: string): Promise<readonly PreparedBranch[]> {
    const text = `select gid, (extract(epoch from prepared) * 1000)::float8 as since,
        (select string_agg(distinct held.relation::regclass || ' ' || held.mode, ', ')
          from pg_locks as own join pg_locks as held using (virtualtransaction)
          where own.transactionid = transaction and own.granted and own.pid is null
          and held.pid is null and held.relation is not null) as holds
      from pg_prepared_xacts where database = current_database() and starts_with(gid, $1) order by prepared`
    const rows = await rowsOf(this.#database, { text, values: [prefix] }, never)
    return rows.map(({ gid, since, holds }) => ({
      id: String(gid),
      since: Number(since),
      holds: holds === null ? undefined : String(holds),
    }))
  }

  async unfit(): Promise<readonly string[]> {
    const text = `select current_setting('server_version') as version,
        current_setting('server_version_num')::int as number,
        current_setting('max_prepared_transactions')::int as most,
        (select count(*)::int from pg_prepared_xacts) as used,
        pg_is_in_recovery() as standby,
        current_setting('transaction_read_only') = 'on' as "readOnly",
        current_setting('fsync') = 'off' as forgetful`
    const [state] = await rowsOf(this.#database, { text, values: [] }, never)
    const { version, number, most, used, standby, readOnly, forgetful } = state ?? {}
    const problems: string[] = []
    if (Number(number) < oldest)
      problems.push(`PostgreSQL ${version} is too old: version 13 or later is needed.`)
    if (standby) problems.push('The server is a standby: give the url of the primary.')
    else if (readOnly) problems.push('Transactions are read-only: set default_transaction_read_only to off.')
    if (forgetful)
      problems.push('fsync is off: the server may forget at a crash what it has promised. Set it to on.')
    const restart = 'with "alter system set max_prepared_transactions = 100", and restart the server'
    if (most === 0) problems.push(`max_prepared_transactions is 0: set it, ${restart}.`)
    else if (Number(most) < this.#connections)
      problems.push(
        `max_prepared_transactions is ${most}, and ${this.#connections} branches can be in flight ("connections"): raise it, ${restart}.`,
      )
    else if (Number(used) >= Number(most))
      problems.push(
        `All ${most} of max_prepared_transactions are in use: end what is left in pg_prepared_xacts.`,
      )
    return problems
  }
}

function say(text: string): Statement {
  return { text, values: [], once: / '/.test(text) }
}

/** What the server says of these at PREPARE has another meaning than elsewhere. */
function explained(error: IsthmusError): IsthmusError {
  const { sqlstate } = error.detail
  const options = { cause: error, detail: error.detail, fate: 'pause' } as const
  if (sqlstate === '55000' && /prepared transactions are disabled/.test(error.message))
    return new IsthmusError('CONFIG-INVALID', `${error.message} Set max_prepared_transactions.`, options)
  if (sqlstate === '0A000')
    return new IsthmusError(
      'TARGET-CONTRACT',
      `${error.message} A branch may not use temporary tables, NOTIFY or cursors that outlive it.`,
      options,
    )
  return error
}
