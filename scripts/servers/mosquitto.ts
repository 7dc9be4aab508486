import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, globSync, mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './kept.ts'
import { killable } from './killable.ts'
import type { TestServer } from './server.ts'

const daemon = '/usr/sbin/mosquitto'

/** Bytes of the longest message that the test servers take. */
export const largestPayload = 16 * 1024 * 1024

/** Its user may do everything but read and write below `secret/`. */
export const mosquitto: TestServer = {
  name: 'Mosquitto',
  variable: 'ISTHMUS_TEST_MQTT',
  missingPackages: () => (existsSync(daemon) ? [] : ['mosquitto']),
  async start(say) {
    if (!existsSync(daemon)) return undefined
    say('Starting a private Mosquitto ...')
    return startPrivateMosquitto()
  },
  compose: { service: 'mosquitto', port: 1883, url: address => `mqtt://isthmus:isthmus@${address}` },
}

/** One broker over a folder of its own, in which it keeps sessions and messages. */
export interface PrivateMosquitto {
  /** With user and password. */
  readonly url: string
  /** Has it write down what it knows, as it does by itself every half hour. */
  save(): Promise<void>
  /** Ends it at once, as `kill -9` does, and starts it again with what it had written down. */
  killAndRestart(): Promise<void>
  stop(): Promise<void>
}

export async function startPrivateMosquitto(): Promise<PrivateMosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-mosquitto-'))
  const password = randomBytes(12).toString('hex')
  const port = await freePort()
  writeFileSync(join(folder, 'mosquitto.conf'), configuration(folder, port))
  writeFileSync(join(folder, 'access.json'), JSON.stringify(access(password)))
  // As root the daemon becomes a user of its own.
  chmodSync(folder, 0o777)
  chmodSync(join(folder, 'access.json'), 0o666)
  const command = [daemon, '-c', join(folder, 'mosquitto.conf')]
  const server = killable({ name: 'Mosquitto', folder, port, command })
  await server.start()
  const kept = join(folder, 'mosquitto.db')
  return {
    url: `mqtt://isthmus:${password}@127.0.0.1:${port}`,
    async save() {
      const before = existsSync(kept) ? statSync(kept).mtimeMs : 0
      server.signal('SIGUSR1')
      while (!existsSync(kept) || statSync(kept).mtimeMs === before) await delay(5)
    },
    async killAndRestart() {
      await server.kill()
      await server.start()
    },
    stop: server.stop,
  }
}

function configuration(folder: string, port: number): string {
  const plugin = globSync('/usr/lib/*/mosquitto_dynamic_security.so')[0]
  return [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous false',
    `plugin ${plugin}`,
    `plugin_opt_config_file ${join(folder, 'access.json')}`,
    'persistence true',
    `persistence_location ${folder}/`,
    'max_inflight_messages 100',
    'max_queued_messages 1000000',
    `message_size_limit ${largestPayload}`,
    'log_type error',
  ].join('\n')
}

/** Source: the documentation of Mosquitto's dynamic security plugin. */
function access(password: string) {
  const salt = randomBytes(12)
  const iterations = 101
  const hashed = pbkdf2Sync(password, salt, iterations, 64, 'sha512')
  const deny = (acltype: string) => ({ acltype, topic: 'secret/#', allow: false, priority: 1 })
  const client = {
    username: 'isthmus',
    password: hashed.toString('base64'),
    salt: salt.toString('base64'),
    iterations,
    roles: [{ rolename: 'everything' }],
  }
  const acls = [deny('publishClientSend'), deny('subscribePattern')]
  return {
    defaultACLAccess: {
      publishClientSend: true,
      publishClientReceive: true,
      subscribe: true,
      unsubscribe: true,
    },
    clients: [client],
    groups: [],
    roles: [{ rolename: 'everything', acls }],
  }
}
