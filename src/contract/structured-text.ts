import { LineCounter, parseDocument } from 'yaml'
import { reasonOf } from '../errors.ts'
import { decodeText } from '../message/codec/encoding.ts'
import { parseExactly } from '../message/codec/json-exact.ts'
import type { ContractDocument, ContractProblem } from './contract.ts'
import { unreadable } from './open-document.ts'

export interface StructuredText {
  readonly text: string
  readonly value: unknown
  /** Names that stand twice in one object: the last one counts. */
  readonly problems: readonly ContractProblem[]
}

const mostDepth = 500

/** A document in JSON or YAML. Throws CONTRACT-UNREADABLE, with the line. */
export function structuredText({
  location,
  body,
}: Pick<ContractDocument, 'location' | 'body'>): StructuredText {
  const text = decodedText(location, body)
  return /^\s*[{[]/.test(text) ? fromJson(location, text) : fromYaml(location, text)
}

function decodedText(location: string, body: Uint8Array): string {
  try {
    return decodeText(body, 'utf-8').replace(/^\ufeff/, '')
  } catch (error) {
    throw unreadable(location, reasonOf(error))
  }
}

function fromJson(location: string, text: string): StructuredText {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // Some write YAML in braces.
    const yaml = attempt(() => fromYaml(location, text))
    if (yaml) return yaml
    throw unreadable(location, jsonReason(text) ?? reasonOf(error))
  }
  const reason = jsonReason(text)
  if (reason === undefined || !reason.includes('twice')) return { text, value, problems: [] }
  return {
    text,
    value,
    problems: [{ place: location, problem: `duplicate: ${reason}. The last one counts`, duplicate: true }],
  }
}

/** Why a reader that takes nothing for granted refuses it. */
function jsonReason(text: string): string | undefined {
  try {
    parseExactly(text, mostDepth)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}

function fromYaml(location: string, text: string): StructuredText {
  const lines = new LineCounter()
  const place = (at: number) => lines.linePos(at).line
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
    const twice = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY')
    const worse = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY')
    if (worse) throw unreadable(location, `no JSON or YAML: ${worse.message}`, place(worse.pos[0]))
    const problems = twice.map(({ pos }) => ({
      place: `${location}:${place(pos[0])}`,
      problem: 'duplicate: the same name stands twice in one object. The last one counts',
      duplicate: true as const,
    }))
    return { text, value: document.toJS({ maxAliasCount: 1000 }), problems }
  } catch (error) {
    if (error instanceof RangeError || error instanceof ReferenceError)
      throw unreadable(location, `it is nested too deeply, or its aliases are: ${reasonOf(error)}`)
    throw error
  }
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

/** The first line in which a text stands, from 1. */
export function lineOf(text: string, part: string): number | undefined {
  const at = text.indexOf(part)
  return at === -1 ? undefined : text.slice(0, at).split('\n').length
}
