import { hostname } from 'node:os'

/** For people who look who works on a store. */
export function processName(): string {
  return `isthmus on ${hostname()}, pid ${process.pid}`
}
