import { IsthmusError } from '../../errors.ts'
import type { Session } from './session.ts'

/** Throws STORE-FENCED if the token is not the owner's. */
export async function requireOwner(session: Session, schema: string, token: number): Promise<void> {
  const text = `SELECT token, name FROM "${schema}".owner`
  const [owner] = await session.run<{ token: string; name: string }>({ name: 'owner', text, values: [] })
  if (Number(owner?.token) === token) return
  throw new IsthmusError(
    'STORE-FENCED',
    `the store belongs to ${owner?.name} now (token ${owner?.token}); what token ${token} asked for was not recorded`,
    { detail: { token, owner: Number(owner?.token) } },
  )
}
