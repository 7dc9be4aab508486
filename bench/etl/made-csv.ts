import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

export const customers = 10_000

/** The same rows for everybody: eight columns as people type them, and every fiftieth row once more, changed. */
export async function writeSales(path: string, rows: number): Promise<void> {
  let state = 7
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state % below
  }
  const file = createWriteStream(path)
  let text = 'no,day,customer,product,pieces,price,note,changed\n'
  for (let row = 0; row < rows; row++) {
    const no = row % 50 === 49 ? row - 1 - random(40) : row
    const day = `2026-0${1 + random(9)}-${String(1 + random(28)).padStart(2, '0')}`
    const price = `${random(900)}.${String(random(100)).padStart(2, '0')}`
    text += `${no}, ${day},  c${random(customers)} ,P-${random(5000)},${1 + random(99)}, ${price} , note ${random(1000)} ,${row}\n`
    if (text.length < 1 << 20) continue
    if (!file.write(text)) await once(file, 'drain')
    text = ''
  }
  file.end(text)
  await finished(file)
}

export async function writeCustomers(path: string): Promise<void> {
  const file = createWriteStream(path)
  file.write('id,region\n')
  for (let n = 0; n < customers; n++) file.write(`c${n},region ${n % 31}\n`)
  file.end()
  await finished(file)
}
