import type { Gold, Person } from './gold.ts'

/** A generator of numbers from 0 to 1, the same ones each time. Source: mulberry32, Tommy Ettinger. */
function chances(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** So many persons whose fields are drawn from those of real-looking ones, a third of them again with typing errors. */
export function manyPersons(from: readonly Person[], count: number): Gold<Person> {
  const chance = chances(7)
  const pick = <V>(list: readonly V[]) => list[Math.floor(chance() * list.length)] as V
  const fields = Object.keys(from[0] as Person) as (keyof Person)[]
  const digits = (length: number) => Array.from({ length }, () => Math.floor(chance() * 10)).join('')
  const invented = (): Person => {
    const drawn = Object.fromEntries(fields.map(field => [field, pick(from)[field]])) as unknown as Person
    const { postcode, suburb, state } = pick(from)
    return { ...drawn, postcode, suburb, state, soc_sec_id: digits(7), street_number: digits(2) }
  }
  const mistyped = (text: string) => {
    const at = Math.floor(chance() * text.length)
    const letter = String.fromCharCode(97 + Math.floor(chance() * 26))
    return text.slice(0, at) + (chance() < 0.5 ? letter : '') + text.slice(at + 1)
  }
  const records: Person[] = []
  const truth: string[] = []
  for (let entity = 0; records.length < count; entity++) {
    const person = invented()
    const copies = chance() < 0.33 ? 1 : 0
    for (let copy = 0; copy <= copies && records.length < count; copy++) {
      const changed: Record<string, string> = { ...person }
      for (let error = 0; error < copy * 3; error++) {
        const field = pick(fields)
        changed[field] = chance() < 0.2 ? '' : mistyped(changed[field] ?? '')
      }
      records.push(changed as unknown as Person)
      truth.push(String(entity))
    }
  }
  return { records, truth }
}
