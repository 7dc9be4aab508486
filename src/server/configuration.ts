import { join, resolve } from 'node:path'
import type { Retention } from '../engine/retention.ts'
import { IsthmusError } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import { parseDuration } from '../system/duration.ts'

/** Where an instance keeps its data and where it listens. */
export interface Configuration {
  /** Of this instance alone. */
  readonly data: string
  /** A `postgres://` URL, with `?schema=NAME` if others use the database too; SQLite in the data directory if absent. */
  readonly storeUrl: string | undefined
  readonly intake: Address
  readonly control: Address
  /** Token of the control API; made at the first start if absent. */
  readonly token: string | undefined
  readonly retention: Retention
  /** By which branches of transactions at shared databases are known to be ours; the landscape's name if absent. */
  readonly cluster: string | undefined
  /** A replay may make effects happen once more. */
  readonly allowNewEffects: boolean
}

export interface Address {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

export type Environment = Readonly<Record<string, string | undefined>>

const loopback = '127.0.0.1'

/** What the environment says, with the defaults. Throws CONFIG-INVALID for what is not usable. */
export function configurationOf(landscape: Landscape, environment: Environment): Configuration {
  const { HOST, PORT, ISTHMUS_CONTROL_HOST, ISTHMUS_CONTROL_PORT, ISTHMUS_TOKEN } = environment
  return {
    data: resolve(environment.ISTHMUS_DATA || defaultData(landscape.name)),
    storeUrl: storeUrlOf(environment),
    intake: { host: HOST || loopback, port: portOf('PORT', PORT, 8080) },
    control: {
      host: ISTHMUS_CONTROL_HOST || loopback,
      port: portOf('ISTHMUS_CONTROL_PORT', ISTHMUS_CONTROL_PORT, 0),
    },
    token: tokenOf(ISTHMUS_TOKEN),
    retention: retentionOf(environment),
    cluster: clusterOf(environment),
    allowNewEffects: allowsNewEffects(environment),
  }
}

/** `folder` is the current one for who starts an instance in a program; commands give that of the landscape's file. */
export function defaultData(name: string, folder = '.'): string {
  return join(folder, '.isthmus', name)
}

export function storeUrlOf({ ISTHMUS_STORE: url }: Environment): string | undefined {
  if (!url) return undefined
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return url
  const text =
    'ISTHMUS_STORE is a postgres:// URL, or not set for SQLite in the data directory (ISTHMUS_DATA).'
  throw new IsthmusError('CONFIG-INVALID', text)
}

/** How long finished messages are kept: for ever if nothing is said. */
function retentionOf({ ISTHMUS_KEEP: age, ISTHMUS_KEEP_BYTES: bytes }: Environment): Retention {
  if (bytes && !/^\d{1,15}$/.test(bytes))
    throw new IsthmusError('CONFIG-INVALID', `ISTHMUS_KEEP_BYTES is a number of bytes, not "${bytes}".`)
  try {
    return { age: age ? parseDuration(age) : undefined, bytes: bytes ? Number(bytes) : undefined }
  } catch {
    throw new IsthmusError('CONFIG-INVALID', `ISTHMUS_KEEP is a time such as 30d or 12h, not "${age}".`)
  }
}

function clusterOf({ ISTHMUS_CLUSTER: name }: Environment): string | undefined {
  if (!name) return undefined
  if (/^[\w.:-]{1,100}$/.test(name)) return name
  const rule = 'at most 100 letters, digits and -._:'
  throw new IsthmusError('CONFIG-INVALID', `ISTHMUS_CLUSTER is a name of ${rule}, not "${name}".`)
}

/** Off unless it is said: who may reach the control API may not yet do things twice. */
export function allowsNewEffects({ ISTHMUS_ALLOW_NEW_EFFECTS: text }: Environment): boolean {
  if (!text || text === '0') return false
  if (text === '1') return true
  throw new IsthmusError('CONFIG-INVALID', `ISTHMUS_ALLOW_NEW_EFFECTS is 1 or 0, not "${text}".`)
}

function portOf(name: string, text: string | undefined, otherwise: number): number {
  if (!text) return otherwise
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new IsthmusError('CONFIG-INVALID', `${name} is a port from 0 (any free one) to 65535, not "${text}".`)
}

function tokenOf(text: string | undefined): string | undefined {
  if (!text) return undefined
  if (/^[\w.~+/=-]{16,}$/.test(text)) return text
  const rule = 'at least 16 letters, digits and -._~+/='
  throw new IsthmusError(
    'CONFIG-INVALID',
    `ISTHMUS_TOKEN needs ${rule}, for example from \`openssl rand -hex 24\`.`,
  )
}
