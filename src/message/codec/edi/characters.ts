import type { Encoding } from '../encoding.ts'

/** What an EDIFACT syntax identifier says of the bytes, and which characters it allows. */
export interface Repertoire {
  readonly encoding: Encoding
  /** A character that must not be sent. */
  readonly foreign: RegExp
}

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
/** ISO 9735 level A: capitals, digits and signs. */
const levelA = /[^A-Z0-9 .,\-()/='+:?!"%&*;<>]/u
const levelB = /[^A-Za-z0-9 .,\-()/='+:?!"%&*;<>]/u
/** Any but control characters, those of ISO 8859 among them. */
export const printable = /[\0-\x1f\x7f-\x9f]/u
const latin1 = /[^\x20-\x7e\xa0-\xff]/u
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above

/** Source: ISO 9735 and its version 4. UNOX, which switches its encoding by escapes, is not among them. */
const repertoires: Readonly<Record<string, Repertoire>> = {
  UNOA: { encoding: 'utf-8', foreign: levelA },
  UNOB: { encoding: 'utf-8', foreign: levelB },
  UNOC: { encoding: 'windows-1252', foreign: latin1 },
  UNOD: { encoding: 'iso-8859-2', foreign: printable },
  UNOE: { encoding: 'iso-8859-5', foreign: printable },
  UNOF: { encoding: 'iso-8859-7', foreign: printable },
  UNOG: { encoding: 'iso-8859-3', foreign: printable },
  UNOH: { encoding: 'iso-8859-4', foreign: printable },
  UNOI: { encoding: 'iso-8859-6', foreign: printable },
  UNOJ: { encoding: 'iso-8859-8', foreign: printable },
  UNOK: { encoding: 'windows-1254', foreign: printable },
  UNOL: { encoding: 'iso-8859-15', foreign: printable },
  UNOW: { encoding: 'utf-8', foreign: printable },
  UNOY: { encoding: 'utf-8', foreign: printable },
  // Used by airlines, with the characters of UNOA and UNOB.
  IATA: { encoding: 'utf-8', foreign: levelA },
  IATB: { encoding: 'utf-8', foreign: levelB },
}

export function repertoireOf(syntaxIdentifier: string): Repertoire | undefined {
  return Object.hasOwn(repertoires, syntaxIdentifier) ? repertoires[syntaxIdentifier] : undefined
}

/** Source: X12.5, the basic and the extended character set. */
export const x12Characters = {
  basic: /[^A-Z0-9 !"&'()*+,\-./:;?=]/u,
  extended: printable,
} as const

/** Control characters, which no element holds: of those that are separators, none remains in an element. */
export function controlsBut(separators: string): RegExp {
  const codes = Array.from({ length: 0xa0 }, (_, code) => code)
  const found = codes.filter(
    code => (code < 0x20 || code > 0x7e) && !separators.includes(String.fromCharCode(code)),
  )
  return new RegExp(`[${found.map(code => `\\x${code.toString(16).padStart(2, '0')}`).join('')}]`)
}
