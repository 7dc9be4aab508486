import { IsthmusError } from '../errors.ts'

const unitMilliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds of a text such as `500ms`, `5s`, `1.5m`, `2h` or `7d`; at least 0. Throws FLOW-DEFINITION for any other. */
export function parseDuration(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  const milliseconds = Math.round(Number(digits) * (unitMilliseconds[unit] ?? Number.NaN))
  if (digits !== '' && Number.isSafeInteger(milliseconds)) return milliseconds
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `"${text}" is not a duration. Write a number and ms, s, m, h or d, for example "500ms" or "5s".`,
  )
}
