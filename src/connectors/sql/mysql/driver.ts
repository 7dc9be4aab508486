import { readFileSync } from 'node:fs'
import type { PoolOptions, TypeCastField } from 'mysql2/promise'
import { IsthmusError } from '../../../errors.ts'
import type { Opening } from '../opening.ts'

/** The driver is an optional peer dependency, loaded at first use. */
export async function loadMysql(): Promise<Pick<typeof import('mysql2/promise'), 'createPool'>> {
  try {
    return await import('mysql2/promise')
  } catch (cause) {
    throw new IsthmusError(
      'CONFIG-DRIVER',
      'The sql connector needs the package mysql2 for MySQL and MariaDB, and it is not installed. Run: npm install mysql2',
      { cause },
    )
  }
}

/** Statements that stay prepared on one connection; the server has 16,382 for all of them. */
const mostPrepared = 200

/**
 * What the driver is told. Of the url it gets the address, the database and TLS, and nothing else: other parameters
 * would be options of the driver. Throws CONFIG-INVALID, without showing the url.
 */
export function poolOptions(url: string, { system, connections, connectTimeout }: Opening): PoolOptions {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const database = decodeURIComponent(parsed?.pathname.slice(1) ?? '')
  if (!parsed?.hostname || database === '' || database.includes('/'))
    throw invalid(system, 'it has the form mysql://user:password@host:3306/database')
  const tls = tlsOf(parsed.searchParams, system)
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || 3306),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database,
    ...(tls && { ssl: tls }),
    charset: 'utf8mb4',
    flags: ['-LOCAL_FILES'],
    connectionLimit: connections,
    maxIdle: connections,
    connectTimeout,
    enableKeepAlive: true,
    disableEval: true,
    maxPreparedStatements: mostPrepared,
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
    typeCast: readValue,
  }
}

/** `ssl-mode` as MySQL's own programs have it, and `ssl-ca`, the path of the certificates to trust. */
function tlsOf(parameters: URLSearchParams, system: string) {
  const unknown = [...parameters.keys()].find(name => name !== 'ssl-mode' && name !== 'ssl-ca')
  if (unknown !== undefined) throw invalid(system, `parameter ${unknown} is not known`)
  const mode = parameters.get('ssl-mode') ?? 'DISABLED'
  if (mode === 'DISABLED') return undefined
  if (mode === 'REQUIRED') return { rejectUnauthorized: false }
  if (mode !== 'VERIFY_IDENTITY') throw invalid(system, 'ssl-mode is DISABLED, REQUIRED or VERIFY_IDENTITY')
  const path = parameters.get('ssl-ca')
  try {
    return { verifyIdentity: true, ...(path && { ca: readFileSync(path, 'utf8') }) }
  } catch {
    throw invalid(system, 'the file of ssl-ca cannot be read')
  }
}

function invalid(system: string, why: string): IsthmusError {
  return new IsthmusError('CONFIG-INVALID', `The url of system ${system} cannot be used: ${why}.`)
}

/**
 * Reads what comes from the server: integers beyond JavaScript's and decimals stay text, and so does JSON; times become
 * ISO 8601 with all their digits, TIMESTAMP in UTC. The column `isthmus_time` stays as the server writes it, to be
 * compared with again.
 */
function readValue(field: TypeCastField, next: () => unknown): unknown {
  const value = next()
  if (value === null) return null
  switch (field.type as string) {
    case 'FLOAT':
      return shortest(value as number)
    case 'BIT':
      return bits(value as Buffer)
    case 'DATETIME':
    case 'TIMESTAMP': {
      if (field.name === 'isthmus_time') return value
      return String(value).replace(' ', 'T') + (field.type === 'TIMESTAMP' ? 'Z' : '')
    }
    default:
      return value
  }
}

/** The shortest decimal that is this number of 32 bits: 0.1, not 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}

function bits(value: Uint8Array): number | string {
  const whole = BigInt(`0x${Buffer.from(value).toString('hex') || '0'}`)
  return whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(whole) : String(whole)
}
