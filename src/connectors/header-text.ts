import { IsthmusError } from '../errors.ts'
import { isPlainText } from '../message/plain-text.ts'

/**
 * Gives the text of a header, or of its name, back. Throws MSG-ENCODE for what does not stay what it is: who copies it
 * into a header of HTTP, or into a log, gets no other line by it, and brokers drop a connection over some of it.
 */
export function headerText(text: unknown, what: string): string {
  if (isPlainText(text)) return text
  throw new IsthmusError('MSG-ENCODE', `The ${what} is no text, or has a control character.`)
}

/** The same of all headers with their names. */
export function headerTexts(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      headerText(name, 'name of a header'),
      headerText(value, `header ${JSON.stringify(name)}`),
    ]),
  )
}
