import { hostname } from 'node:os'
import type { Environment } from './configuration.ts'

/** For people who look who works on a store. Threads of one process differ by the number of their worker. */
export function processName({ ISTHMUS_WORKER: worker }: Environment = {}): string {
  const place = `isthmus on ${hostname()}, pid ${process.pid}`
  return worker === undefined ? place : `${place}, worker ${worker}`
}
