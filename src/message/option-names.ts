import { IsthmusError } from '../errors.ts'

/**
 * The names of all options of the interface `O`, written down beside it, so that they are known where types are not
 * looked at: when a landscape is started. The compiler refuses a list that lacks one or has one too many. An option is
 * `needed`, or `true` where it may be left out; one that is an object of options itself may have the list of that one.
 */
export type OptionNames<O> = {
  readonly [name in NameIn<O>]: (name extends NeededIn<O> ? 'needed' : true) | Names
}

/** Of each member of a union. */
type NameIn<O> = O extends unknown ? keyof O & string : never

/** Of all members of a union. */
type NeededIn<O> = {
  [name in keyof O & string]: [O] extends [{ readonly [needed in name]: O[name] }] ? name : never
}[keyof O & string]

interface Names {
  readonly [name: string]: true | 'needed' | Names
}

/**
 * Throws FLOW-DEFINITION for an option that there is none of, since a misspelt one must not be passed over in silence, and
 * where one is missing that is needed. `owner` is whose they are: the id of a channel, or `rest()`. Other values than objects of
 * options are not looked at.
 */
export function checkOptionNames<O>(owner: string, options: O, names: OptionNames<NonNullable<O>>): void {
  if (typeof options !== 'object' || options === null)
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `${owner} needs its options: { ${Object.keys(names)[0]}: ... }.`,
    )
  check(owner, '', options, names)
}

function check(owner: string, path: string, options: object, names: Names): void {
  for (const [name, value] of Object.entries(options)) {
    const known = Object.hasOwn(names, name) ? names[name] : undefined
    if (known === undefined) throw unknown(owner, path, name, Object.keys(names))
    if (typeof known === 'object' && typeof value === 'object' && value !== null)
      check(owner, `${path}${name}.`, value, known)
  }
  const given = options as Readonly<Record<string, unknown>>
  const lacking = Object.keys(names).find(name => names[name] === 'needed' && given[name] === undefined)
  if (lacking !== undefined)
    throw new IsthmusError('FLOW-DEFINITION', `${owner} lacks the option "${path}${lacking}".`)
}

function unknown(owner: string, path: string, name: string, names: readonly string[]): IsthmusError {
  const likely = nearest(name, names)
  const remedy = likely === undefined ? `There are ${names.join(', ')}.` : `Did you mean "${path}${likely}"?`
  return new IsthmusError(
    'FLOW-DEFINITION',
    `${owner} has the option "${path}${name}", which is none. ${remedy}`,
  )
}

/** The name that was probably meant, if there is one. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const lower = word.toLowerCase()
  const near = names
    .map(name => ({ name, distance: distance(lower, name.toLowerCase()) }))
    .filter(
      ({ name, distance }) => distance <= Math.max(1, Math.floor(Math.min(name.length, word.length) / 3)),
    )
  return near.sort((a, b) => a.distance - b.distance)[0]?.name
}

/** How many letters are missing, too many, other ones, or swapped with their neighbour. */
function distance(a: string, b: string): number {
  const rows: number[][] = [[...Array(b.length + 1).keys()]]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const at = (r: number, c: number) => (r === i ? row[c] : rows[r]?.[c]) ?? Number.POSITIVE_INFINITY
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped))
    }
    rows.push(row)
  }
  return rows.at(-1)?.at(-1) ?? 0
}
