/** What the compiler must refuse about JSON-RPC and XML-RPC; see must-not-compile.ts. */
import { idempotent, type irreversible, model, secret, system, Type } from 'isthmus'
import type { RequesterChannel } from 'isthmus/connector'
import { rpc } from 'isthmus/rpc'

const Issue = model('Issue', { version: 1, schema: Type.Object({ no: Type.String() }) })
const session = {
  method: 'login',
  params: (resolve: (setting: ReturnType<typeof secret>) => string) => [resolve(secret('PASSWORD'))],
  token: (result: unknown) => ({ user: Number(result) }),
}
const url = 'http://localhost'
const erp = system('erp', { kind: 'erp', connector: rpc({ url, protocol: 'xml', session }) })
const post = { method: 'post', request: Issue } as const
const find = erp.call('find', {
  ...post,
  response: Issue,
  params: (issue, { token }) => [token.user, issue.no],
  effect: idempotent,
})
// Nobody forgets by accident to say what repeating does.
// @ts-expect-error
erp.call('unknown', post)

// Params are made of the data of the model and the token of the session.
// @ts-expect-error
erp.call('typed', { ...post, params: issue => [issue.number], effect: idempotent })
// @ts-expect-error
erp.call('typed', { ...post, params: (_, { token }) => [token.name], effect: idempotent })

// The effect and the models stand in the channel's type.
export const found: RequesterChannel<{ no: string }, { no: string }, typeof idempotent> = find
// @ts-expect-error
export const other: RequesterChannel<{ no: string }, { no: string }, typeof irreversible> = find
