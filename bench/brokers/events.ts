import { randomBytes } from 'node:crypto'
import { model, Type } from 'isthmus'

export const Event = model('Event', {
  version: 1,
  schema: Type.Object({ no: Type.String(), text: Type.String() }),
})
export interface Event {
  no: string
  text: string
}

/** Bytes of a message: where what is done for each message counts, and where what is done for each byte does. */
export const sizes = [100, 1_000, 10_000, 100_000]

/** So many times as many messages in a round: what they cost a process that has run for longer. */
const times = Number(process.env.TIMES ?? 1)

/** How many messages of a size are 20 MB, and `most` at most. */
export function countOf(bytes: number, most: number): number {
  return times * Math.min(most, Math.ceil(20e6 / bytes))
}

let made = 0

/** Never the same twice in a process; `bytes` is about what one takes as JSON. */
export function eventMaker(bytes: number): () => Event {
  const text = randomBytes(bytes)
    .toString('hex')
    .slice(0, bytes - 30)
  return () => ({ no: `no-${made++}`, text })
}
