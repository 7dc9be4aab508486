import type { ContractChannel } from '../contract.ts'

/** What a repeat of a call is proposed to do. Source: RFC 9110, 9.2. */
export function effectOf(
  method: string,
  idempotencyHeader: string | undefined,
): NonNullable<ContractChannel['effect']> {
  const name = method.toUpperCase()
  if (method === 'get') return { kind: 'read', why: 'GET is safe: it changes nothing (RFC 9110, 9.2.1).' }
  if (idempotencyHeader !== undefined)
    return {
      kind: 'idempotent',
      why: `It takes an idempotency key in the header ${idempotencyHeader}: with the same key it happens once.`,
    }
  if (method === 'put' || method === 'delete')
    return { kind: 'idempotent', why: `${name} is idempotent: twice is as good as once (RFC 9110, 9.2.2).` }
  return {
    kind: 'irreversible',
    why: `${name} may happen twice when it is repeated (RFC 9110, 9.2.2). Declare otherwise if the system says so.`,
  }
}
