import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** Passes on what a worker prints, so that it shows which one it was: lines of JSON get a field, others begin with it. */
export function passLines(from: Readable, worker: number, write: (line: string) => void): void {
  createInterface({ input: from, crlfDelay: Infinity }).on('line', line => write(`${marked(line, worker)}\n`))
}

function marked(line: string, worker: number): string {
  return /^\{".*\}$/.test(line) ? `{"worker":${worker},${line.slice(1)}` : `worker ${worker}  ${line}`
}
