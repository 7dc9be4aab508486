/** What JSON.stringify may escape. */
const special = /["\\\p{Cc}\p{Cs}]/u

/**
 * Any string in a form that a text column keeps exactly: U+0000, which PostgreSQL refuses, and lone surrogates, which
 * UTF-8 cannot say, are escaped as in JSON, and so are quotes, backslashes and control characters. Equal strings give
 * equal texts and different ones different texts; ordinary keys and ids read as they are.
 */
export function toText(value: string): string {
  return special.test(value) ? JSON.stringify(value).slice(1, -1) : value
}

export function fromText(text: string): string {
  return text.includes('\\') ? JSON.parse(`"${text}"`) : text
}

/**
 * A literal, for a text of several statements, which has no parameters. Source: PostgreSQL manual, 4.1.2.2: between E
 * quotes nothing but quotes and backslashes means something else, whatever the server's settings.
 */
export const quoted = (text: string): string => `E'${text.replaceAll(/['\\]/g, '$&$&')}'`

export const literal = (value: string): string => quoted(toText(value))
