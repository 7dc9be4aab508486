import { IsthmusError } from '../errors.ts'

/** What a process of ours says by its end; docs/cli.md explains them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** Wrong usage, invalid landscape or configuration. */
  usage: 2,
  notBalanced: 3,
  inUse: 4,
  storage: 5,
  newerStore: 6,
  /** Another member of the store has taken over what this process held: it starts again as a new one. */
  lostLeases: 7,
  /** A defect of Isthmus. Source: EX_SOFTWARE of sysexits.h. */
  internal: 70,
} as const

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof IsthmusError)) return exitCodes.failed
  if (error.code === 'STORE-IN-USE') return exitCodes.inUse
  if (error.code === 'STORE-FENCED') return exitCodes.lostLeases
  if (error.code === 'STORE-FAILED') return exitCodes.storage
  if (error.code === 'STORE-VERSION') return exitCodes.newerStore
  return /^(CLI|CONFIG|FLOW|MODEL)-/.test(error.code) ? exitCodes.usage : exitCodes.failed
}

/** For people. */
export function describeExit(code: number): string {
  const said: Readonly<Record<number, string>> = {
    [exitCodes.ok]: 'though nobody had asked for it',
    [exitCodes.usage]: 'since it is not set up properly',
    [exitCodes.storage]: 'since its store failed',
    [exitCodes.lostLeases]: 'since others had taken over what it held',
    [exitCodes.internal]: 'by a defect of Isthmus',
  }
  return said[code] ? `${said[code]} (exit code ${code})` : `with exit code ${code}`
}
