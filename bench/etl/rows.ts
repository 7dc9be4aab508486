import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import {
  type Connector,
  type Extraction,
  extract,
  IsthmusError,
  model,
  type RequesterChannel,
  read,
  system,
  Type,
} from 'isthmus'
import { decimal, trim } from 'isthmus/clean'
import { csv, files } from 'isthmus/files'

const Piece = model('Piece', { version: 1, schema: Type.Object({ at: Type.Integer() }) })

/** A line as it stands in the file. */
interface Line {
  readonly no: string
  readonly day: string
  readonly customer: string
  readonly product: string
  readonly pieces: string
  readonly price: string
  readonly note: string
  readonly changed: string
}

interface Lines {
  readonly lines: readonly Line[]
  readonly next: number | undefined
}

const pieceBytes = 1 << 18

type LinesChannel = RequesterChannel<{ at: number }, Lines, typeof read>

/** Lines of a file as a system that is asked piece by piece, so that nothing but the steps and the load is measured. */
export function linesOf(path: string): Connector<{ lines: LinesChannel }> {
  return {
    name: 'lines',
    summary: {},
    channels: system => ({
      lines: {
        ...{ role: 'requester', system, name: 'lines', model: Piece, effect: read, options: undefined },
        answer: model('Lines', { version: 1, schema: Type.Unsafe<Lines>(Type.Unknown()) }),
      },
    }),
    async connect() {
      const file = await open(path)
      return {
        requester: () => ({
          ask: async items =>
            await Promise.all(
              items.map(async item => ({
                ok: true as const,
                result: await pieceOf(file, (item.data as { at: number }).at),
              })),
            ),
        }),
        check: async () => {},
        close: () => file.close(),
      }
    },
  }
}

/** The lines of a file, piece by piece. */
export async function* piecesOf(path: string): AsyncGenerator<readonly Line[]> {
  const file = await open(path)
  for (let at: number | undefined = 0; at !== undefined; ) {
    const { lines, next }: Lines = await pieceOf(file, at)
    yield lines
    at = next
  }
  await file.close()
}

async function pieceOf(file: FileHandle, at: number): Promise<Lines> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, at)
  const end = buffer.lastIndexOf(10, bytesRead - 1) + 1
  if (end === 0 && bytesRead > 0) throw new IsthmusError('TARGET-CONTRACT', 'a line is too long')
  const texts = buffer.toString('latin1', 0, end).split('\n')
  const lines: Line[] = []
  for (let n = at === 0 ? 1 : 0; n < texts.length - 1; n++) {
    const [no, day, customer, product, pieces, price, note, changed] = (texts[n] as string).split(',') as [
      ...{ [K in keyof Line]: string }[keyof Line][],
    ]
    lines.push({ no, day, customer, product, pieces, price, note, changed } as Line)
  }
  return { lines, next: bytesRead < pieceBytes ? undefined : at + end }
}

export const Sale = model('Sale', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Type.Integer(),
    day: Type.String({ format: 'date' }),
    customer: Type.String(),
    product: Type.String(),
    pieces: Type.Integer(),
    price: Type.String({ pattern: '^-?\\d+\\.\\d{2}$' }),
    note: Type.String(),
    changed: Type.Integer(),
  }),
})

export const saleRows = (lines: LinesChannel) =>
  steps(
    extract(lines, {
      request: () => ({ at: 0 }),
      rows: answer => answer.lines,
      next: ({ next }) => (next === undefined ? undefined : { at: next }),
    }),
  )

const Text = Type.String()

const SaleLine = model('SaleLine', {
  version: 1,
  schema: Type.Object({
    ...{ no: Text, day: Text, customer: Text, product: Text },
    ...{ pieces: Text, price: Text, note: Text, changed: Text },
  }),
})

/** The same rows as the files connector reads them. */
export const fileRows = (path: string) => {
  const shop = system('shop', { kind: 'erp', connector: files({ folder: dirname(path) }) })
  return {
    shop,
    rows: steps(extract(shop.read('sales', SaleLine, { pattern: basename(path), format: csv() }))),
  }
}

const steps = (lines: Extraction<Line>) =>
  lines
    .clean({ day: trim, customer: trim, product: trim, note: trim, price: decimal({ scale: 2 }) })
    .map(Sale, {
      no: line => Number(line.no),
      day: line => line.day,
      customer: line => line.customer,
      product: line => line.product,
      pieces: line => Number(line.pieces),
      price: line => line.price,
      note: line => line.note,
      changed: line => Number(line.changed),
    })
