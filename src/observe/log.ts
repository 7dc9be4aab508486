import { createColors } from 'picocolors'
import type { Redactor } from './redactor.ts'

export type Level = 'info' | 'warn' | 'error'

export interface LogEntry {
  readonly level: Level
  /** One of a small set of words, for machines: `parked`, `system`. */
  readonly event: string
  readonly text: string
  /** For machines; people read `text`. */
  readonly fields?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
}

export type Log = (entry: LogEntry) => void

export interface LogOptions {
  readonly format: 'text' | 'json'
  readonly colour: boolean
  readonly redactor: Redactor
  write(line: string): void
}

/** A log of one line per entry, in which no secret and no line break of a foreign text comes through. */
export function lineLog(options: LogOptions): Log {
  const format = options.format === 'json' ? jsonLine : textLine(options.colour)
  return entry => options.write(`${format(options.redactor.data(entry) as LogEntry, new Date())}\n`)
}

function jsonLine({ level, event, text, fields }: LogEntry, time: Date): string {
  return JSON.stringify({ time: time.toISOString(), level, event, text, ...fields })
}

function textLine(colour: boolean): (entry: LogEntry, time: Date) => string {
  const { dim, yellow, red, bold } = createColors(colour)
  const paint = { info: (text: string) => text, warn: yellow, error: (text: string) => bold(red(text)) }
  return ({ level, event, text }, time) => {
    const clock = time.toTimeString().slice(0, 8)
    return `${dim(clock)} ${paint[level](event.padEnd(9))} ${oneLine(text)}`
  }
}

/** Control characters could move the cursor or forge a line. */
export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').replace(/\p{Cc}/gu, character => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
