/** What the compiler must refuse about SQL databases; see must-not-compile.ts. */
import { irreversible, model, type read, system, Type } from 'isthmus'
import type { RequesterChannel, SinkChannel, VotingChannel } from 'isthmus/connector'
import { type ExactlyOnce, out, sql, sqlText } from 'isthmus/sql'

const Issue = model('Issue', { version: 1, schema: Type.Object({ no: Type.String() }) })
const Posted = model('Posted', { version: 1, schema: Type.Object({ doc: Type.Integer() }) })
const erp = system('erp', { kind: 'erp', connector: sql({ url: 'mysql://localhost/erp' }) })

const post = { procedure: 'post_issue', request: Issue } as const
const posted = erp.procedure('post', { ...post, arguments: ({ no }) => [no, out('doc')], response: Posted })
const commits = erp.procedure('commits', { ...post, effect: irreversible })

// A call is exactly once, unless its effect is declared; with a response it is a requester.
export const once: RequesterChannel<{ no: string }, { doc: number }, ExactlyOnce> = posted
export const sink: SinkChannel<{ no: string }, typeof irreversible> = commits
// @ts-expect-error
export const other: RequesterChannel<{ no: string }, { doc: number }, typeof read> = posted
// @ts-expect-error
export const kept: SinkChannel<{ no: string }, ExactlyOnce> = commits

// Arguments are made of the data of the model.
// @ts-expect-error
erp.procedure('typed', { ...post, arguments: issue => [issue.number] })
// @ts-expect-error: a key is one of the columns
erp.table('keyed', Issue, { table: 'issues', mode: 'upsert', key: ['number'] })

// Tables, statements and procedures that do not commit by themselves can be branches of a transaction.
export const votes: readonly VotingChannel<{ no: string }>[] = [
  erp.table('rows', Issue, { table: 'issues', mode: 'insert' }),
  erp.statement('say', Issue, { sql: ({ no }) => sqlText`insert into issues values (${no})` }),
  erp.procedure('put', post),
]
// @ts-expect-error
export const commitsItself: VotingChannel<{ no: string }> = commits
// @ts-expect-error
export const answers: VotingChannel<{ no: string }> = posted
