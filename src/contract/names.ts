/** Words that no constant can be called by, and those that the module uses itself. */
const taken = new Set(
  (
    'arguments as async await break case catch class const continue debugger default delete do else enum eval export ' +
    'extends false finally for from function get if implements import in instanceof interface let new null of package ' +
    'private protected public return set static super switch this throw true try typeof undefined var void while with ' +
    'yield NaN Infinity globalThis process Object Array String Number Boolean Symbol Map Set Date Error JSON Math ' +
    'Promise RegExp Function BigInt encodeURIComponent data item types'
  ).split(' '),
)

/** Gives names that are not used yet, and the same ones for the same document. */
export class Names {
  readonly #used: Set<string>
  readonly #separator: string

  constructor(used: Iterable<string> = [], separator = '') {
    this.#used = new Set(used)
    this.#separator = separator
  }

  has(name: string): boolean {
    return this.#used.has(name)
  }

  /** The name itself, or with the first number from 2 that makes it new. */
  take(wanted: string): string {
    let name = wanted
    for (let number = 2; this.#used.has(name); number++) name = wanted + this.#separator + number
    this.#used.add(name)
    return name
  }
}

/** For constants of a module that imports `imported`. */
export function identifiers(imported: Iterable<string>): Names {
  return new Names([...taken, ...imported])
}

/** For channels. */
export function channelNames(): Names {
  return new Names([], '-')
}

/** Words of ASCII letters and digits: `getHTTPInvoices v2` is get, HTTP, Invoices, v2. */
function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .match(/[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+/g) ?? []
  )
}

/** `get-accounts`: as channels and systems are called. `otherwise` is used where the text has no letter. */
export function hyphenated(text: string, otherwise: string): string {
  const name = wordsOf(text)
    .join('-')
    .toLowerCase()
    .replace(/^[^a-z]+/, '')
  return name.slice(0, 58).replace(/-+$/, '') || otherwise
}

/** `GetAccounts`: as models are called. Capitals stay. */
export function capitalised(text: string, otherwise: string): string {
  const name = wordsOf(text)
    .map(word => word[0]?.toUpperCase() + word.slice(1))
    .join('')
    .replace(/^[^A-Za-z]+/, '')
  return name.slice(0, 80) || otherwise
}

/** `getAccounts`: as constants are called. */
export function camelled(text: string): string {
  const name = capitalised(text, 'it')
  return (name[0] as string).toLowerCase() + name.slice(1)
}

/** `XERO_URL`: as settings are called. */
export function settingName(system: string, what: string): string {
  return `${system}_${what}`.toUpperCase().replace(/[^A-Z0-9]+/g, '_')
}
