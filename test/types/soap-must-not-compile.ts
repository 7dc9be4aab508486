/** What the compiler must refuse about SOAP; see must-not-compile.ts. */
import { idempotent, irreversible, model, secret, system, Type } from 'isthmus'
import type { RequesterChannel } from 'isthmus/connector'
import { soap, usernameToken } from 'isthmus/soap'

const Issue = model('Issue', { version: 1, schema: Type.Object({ no: Type.String() }) })
const Found = model('Found', { version: 1, schema: Type.Object({ there: Type.Boolean() }) })
const security = usernameToken('user', secret('PASSWORD'), { digest: true })
const erp = system('erp', {
  kind: 'erp',
  connector: soap({ wsdl: './erp.wsdl', url: 'http://localhost', security }),
})
const post = { operation: 'PostIssue', request: Issue } as const
const find = erp.operation('find', { ...post, response: Found, effect: idempotent })
// A password is not written down.
// @ts-expect-error
usernameToken('user', 'password')
// Nobody forgets by accident to say what repeating does.
// @ts-expect-error
erp.operation('unknown', post)

// Bodies and headers are made of the data of the model.
erp.operation('typed', { ...post, body: ({ no }, { effectKey }) => ({ no, effectKey }), effect: idempotent })
// @ts-expect-error
erp.operation('typed', { ...post, body: issue => issue.number, effect: idempotent })
// @ts-expect-error
erp.operation('typed', { ...post, header: issue => ({ Session: issue.number }), effect: idempotent })
// An outcome is one of the known ones.
// @ts-expect-error
erp.operation('typed', { ...post, faults: { Server: 'retry' }, effect: idempotent })

// The effect, the probe and the models stand in the channel's type.
export const found: RequesterChannel<{ no: string }, { there: boolean }, typeof idempotent> = find
// @ts-expect-error
export const other: RequesterChannel<{ no: string }, { there: boolean }, typeof irreversible> = find
const probe = { operation: 'FindIssue', body: (issue: { no: string }) => issue }
const asked = erp.send('asked', Issue, { operation: 'PostIssue', effect: irreversible, probe })
export const canProbe: true = asked.effect.probe
const silent = erp.send('silent', Issue, { operation: 'PostIssue', effect: irreversible })
// @ts-expect-error
export const cannotProbe: true = silent.effect.probe
