import { model, Type } from 'isthmus'

/** What is written into both databases. */
export const Move = model('Move', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Type.String(), sku: Type.String(), qty: Type.Integer() }),
})
export interface Move {
  no: string
  sku: string
  qty: number
}

export const movesTable = 'create table moves (no varchar(40) primary key, sku varchar(40), qty integer)'

let made = 0

export function makeMove(): Move {
  made++
  return { no: `M-${made}`, sku: `bolt-${made % 89}`, qty: made % 50 }
}

/** One way of writing a move into two databases. */
export interface Mover {
  /** Resolves when it is durable in both. */
  run(move: Move): Promise<void>
  close(): Promise<void>
}
