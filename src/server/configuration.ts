import { join, resolve } from 'node:path'
import type { Retention } from '../engine/retention.ts'
import { IsthmusError } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import type { Role } from '../store/members.ts'
import { parseDuration } from '../system/duration.ts'
import { type TransportPlace, transportPlaceOf } from './transport.ts'

/** Where an instance keeps its data and where it listens. */
export interface Configuration {
  /** Of this instance alone. */
  readonly data: string
  /** A `postgres://` URL, with `?schema=NAME` if others use the database too; SQLite in the data directory if absent. */
  readonly storeUrl: string | undefined
  /** Carries what is accepted to who works it off; the store alone if absent. */
  readonly transport: TransportPlace | undefined
  readonly intake: Address
  readonly control: Address
  /** Token of the control API; made at the first start if absent. */
  readonly token: string | undefined
  readonly retention: Retention
  /** By which branches of transactions at shared databases are known to be ours; the landscape's name if absent. */
  readonly cluster: string | undefined
  /** Where people reach the console, without a slash at its end: for links in what is told of alerts. */
  readonly consoleUrl: string | undefined
  /** A replay may make effects happen once more. */
  readonly allowNewEffects: boolean
  /** Which of a company's instances this is, such as `prod` or `test`: in the console's addresses, and shown everywhere. */
  readonly environment: string
  /** What this process does where several work on one store. */
  readonly roles: readonly Role[]
  /** In how many shares the keys are divided, where this process makes the store; the store's own number if absent. */
  readonly partitions: number | undefined
}

export interface Address {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Where another program has the port: a free one instead. */
  readonly orFree?: boolean | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

const loopback = '127.0.0.1'

/** What the environment says, with the defaults. Throws CONFIG-INVALID for what is not usable. */
export function configurationOf(landscape: Landscape, environment: Environment): Configuration {
  const { HOST, PORT, ISTHMUS_CONTROL_HOST, ISTHMUS_CONTROL_PORT, ISTHMUS_TOKEN } = environment
  return {
    data: resolve(environment.ISTHMUS_DATA || defaultData(landscape.name)),
    storeUrl: storeUrlOf(environment),
    transport: transportPlaceOf(landscape.name, environment),
    intake: { host: HOST || loopback, port: portOf('PORT', PORT, 8080) },
    control: {
      host: ISTHMUS_CONTROL_HOST || loopback,
      port: portOf('ISTHMUS_CONTROL_PORT', ISTHMUS_CONTROL_PORT, 8090),
      orFree: !ISTHMUS_CONTROL_PORT,
    },
    token: tokenOf(ISTHMUS_TOKEN),
    retention: retentionOf(environment),
    cluster: clusterOf(environment),
    consoleUrl: consoleUrlOf(environment),
    allowNewEffects: allowsNewEffects(environment),
    environment: environmentOf(environment),
    roles: rolesOf(environment),
    partitions: partitionsOf(environment),
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

function consoleUrlOf({ ISTHMUS_CONSOLE_URL: url }: Environment): string | undefined {
  if (!url) return undefined
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/+$/, '')
  throw new IsthmusError(
    'CONFIG-INVALID',
    `ISTHMUS_CONSOLE_URL is an address such as https://isthmus.example.com.`,
  )
}

function environmentOf({ ISTHMUS_ENVIRONMENT: name }: Environment): string {
  if (!name) return 'local'
  if (/^[a-z][a-z0-9-]{0,31}$/.test(name)) return name
  const rule = 'at most 32 small letters, digits and -'
  throw new IsthmusError(
    'CONFIG-INVALID',
    `ISTHMUS_ENVIRONMENT is a name of ${rule}, such as prod, not "${name}".`,
  )
}

const allRoles: readonly Role[] = ['intake', 'worker', 'scheduler']

function rolesOf({ ISTHMUS_ROLE: name = 'all' }: Environment): readonly Role[] {
  if (name === 'all' || name === '') return allRoles
  const names = name.split(',')
  const roles = allRoles.filter(each => names.includes(each))
  if (roles.length === names.length) return roles
  throw new IsthmusError(
    'CONFIG-INVALID',
    `The role (ISTHMUS_ROLE) is all, intake, worker or scheduler, not "${name}".`,
  )
}

function partitionsOf({ ISTHMUS_PARTITIONS: text }: Environment): number | undefined {
  if (!text) return undefined
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 16_384) return count
  throw new IsthmusError('CONFIG-INVALID', `ISTHMUS_PARTITIONS is a number from 1 to 16384, not "${text}".`)
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
