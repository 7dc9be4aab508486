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

let made = 0

/** Never the same twice in a process; `bytes` is about what one takes as JSON. */
export function eventMaker(bytes: number): () => Event {
  const text = randomBytes(bytes).toString('hex')
  return () => ({ no: `no-${made++}`, text: text.slice(0, bytes - 30) })
}
