import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { readError, type WrittenError, writtenError } from '../../message/written-error.ts'
import { coordinationLease, type Membership } from '../../store/members.ts'
import { channelId, type RequesterChannel, type SinkChannel } from '../../system/channel.ts'
import type { Answer, Outgoing, Probed, Requester, Sink } from '../../system/roles.ts'

type OwnChannel = SinkChannel<unknown> | RequesterChannel<unknown, unknown>

/** A call of a channel of our own, as the member that calls it asks the one that coordinates. */
export type RoleRequest = {
  readonly do: 'call'
  readonly channel: string
  readonly how: 'write' | 'ask' | 'probe'
  readonly items: Json
}

type WrittenAnswer =
  | { readonly ok: true; readonly result?: Json }
  | { readonly ok: false; readonly error: WrittenError }

/**
 * Plays a channel of our own where another member coordinates: what is written or asked goes there through the store.
 * Each call may happen twice, and is known by its effect key.
 */
export function remoteRole(member: Membership, channel: OwnChannel): Sink & Requester {
  const call = async (
    how: RoleRequest['how'],
    items: readonly Outgoing[],
    signal: AbortSignal,
  ): Promise<Json> => {
    const request = { do: 'call', channel: channelId(channel), how, items: items as unknown as Json }
    try {
      return await member.ask(coordinationLease, request, signal)
    } catch (error) {
      throw unanswered(channelId(channel), error)
    }
  }
  const answers = async (how: 'write' | 'ask', items: readonly Outgoing[], signal: AbortSignal) =>
    ((await call(how, items, signal)) as unknown as WrittenAnswer[]).map(readAnswer)
  return {
    batch: 100,
    concurrency: 4,
    write: (items, signal) => answers('write', items, signal) as Promise<Answer[]>,
    ask: (items, signal) => answers('ask', items, signal),
    probe: async (item, signal) => (await call('probe', [item], signal)) as unknown as Probed,
  }
}

/** Does what another member asked for. */
export async function playRemote(
  role: Sink | Requester,
  { how, items }: RoleRequest,
  signal: AbortSignal,
): Promise<Json> {
  const given = items as unknown as readonly Outgoing[]
  if (how === 'probe')
    return ((await role.probe?.(given[0] as Outgoing, signal)) ?? { outcome: 'unknown' }) as unknown as Json
  const answers = 'write' in role ? await role.write(given, signal) : await role.ask(given, signal)
  return answers.map(writeAnswer) as unknown as Json
}

function writeAnswer(answer: Answer<unknown>): WrittenAnswer {
  if (!answer.ok) return { ok: false, error: writtenError(answer.error) }
  return answer.result === undefined ? { ok: true } : { ok: true, result: answer.result as Json }
}

function readAnswer(answer: WrittenAnswer): Answer<unknown> {
  return answer.ok ? answer : { ok: false, error: readError(answer.error) }
}

/** That nobody answered says nothing of what was done. */
function unanswered(channel: string, error: unknown): unknown {
  if (!(error instanceof IsthmusError) || error.code !== 'MEMBER-SILENT') return error
  const detail = { uncounted: true }
  return new IsthmusError('TARGET-UNANSWERED', `${channel}: ${error.message}`, { cause: error, detail })
}
