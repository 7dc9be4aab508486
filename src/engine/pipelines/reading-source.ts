import { IsthmusError } from '../../errors.ts'
import type { Delivery } from '../../message/message.ts'
import { channelId, type SourceChannel } from '../../system/channel.ts'
import type { Source } from '../../system/roles.ts'
import type { RowsRead } from './reading-query.ts'

/**
 * Everything that a source has now; its place does not move. A record that cannot be read is given as what it is: it fits
 * no model, and is set aside.
 */
export async function* rowsOfSource(
  channel: SourceChannel<unknown>,
  source: Source,
  signal: AbortSignal,
): AsyncGenerator<RowsRead> {
  if (!source.peek)
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `${channelId(channel)} cannot be extracted: what it delivers is taken away there. Let a flow carry it.`,
    )
  for await (const deliveries of source.peek(signal))
    yield { rows: deliveries.map(delivery => rowOf(channel, delivery)) }
}

function rowOf(channel: SourceChannel<unknown>, { data, body, defect }: Delivery): unknown {
  if (data !== undefined || body === undefined) return data
  try {
    if (defect === undefined)
      return channel.decode ? channel.decode(body) : JSON.parse(new TextDecoder().decode(body))
  } catch {
    // Told below.
  }
  return { unreadable: defect ?? true, bytes: Buffer.from(body).toString('base64') }
}
