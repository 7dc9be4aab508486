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
  /** A defect of Isthmus. Source: EX_SOFTWARE of sysexits.h. */
  internal: 70,
} as const

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof IsthmusError)) return exitCodes.failed
  if (error.code === 'STORE-IN-USE' || error.code === 'STORE-FENCED') return exitCodes.inUse
  if (error.code === 'STORE-FAILED') return exitCodes.storage
  if (error.code === 'STORE-VERSION') return exitCodes.newerStore
  return /^(CLI|CONFIG|FLOW|MODEL)-/.test(error.code) ? exitCodes.usage : exitCodes.failed
}
