import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './kept.ts'
import { fetchedJars } from './maven.ts'
import type { TestServer } from './server.ts'

const run = promisify(execFile)

/** In the folder kafka/: pom.xml names the version too. */
const own = join(import.meta.dirname, 'kafka')
const version = '4.4.0'

/** Apache Kafka, one broker that is its own controller. */
export const kafka: TestServer = {
  name: 'Kafka',
  variable: 'ISTHMUS_TEST_KAFKA',
  missingPackages: () => [
    ...(existsSync('/usr/bin/java') ? [] : ['default-jdk-headless']),
    ...(existsSync('/usr/bin/mvn') ? [] : ['maven']),
  ],
  async start(say) {
    if (!existsSync('/usr/bin/java') || !existsSync('/usr/bin/mvn')) return undefined
    const libraries = await fetchedKafka(say)
    say('Starting a private Kafka ...')
    const cluster = await startPrivateKafka(libraries, 1)
    return { url: cluster.url, stop: cluster.stop }
  },
  compose: { service: 'kafka', port: 19_092, url: address => `kafka://${address}` },
}

/** A cluster of brokers, each its own process and a controller too. */
export interface PrivateKafka {
  /** `kafka://host:port,host:port` with the addresses of the secured listeners, where there are some, as parameters. */
  readonly url: string
  readonly brokers: readonly KafkaBroker[]
  /** Ends all and deletes their data. */
  stop(): Promise<void>
}

export interface KafkaBroker {
  /** Its number in the cluster. */
  readonly id: number
  readonly port: number
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>
  /** Starts it again over its data. */
  restart(): Promise<void>
}

/** The folder with its jars. */
export const fetchedKafka = (say?: (line: string) => void): Promise<string> =>
  fetchedJars({ name: 'kafka', version, pom: join(own, 'pom.xml') }, say)

/** Who may log in at the secured listeners, by every mechanism. */
const user = { name: 'isthmus', password: 'only for tests %2B%' } as const
const clusterId = 'MkU3OEVBNTcwNTJENDM2Qg'

interface Ports {
  readonly plain: number
  readonly controller: number
  readonly sasl: number
  readonly tls: number
  readonly both: number
}

export async function startPrivateKafka(libraries: string, count: 1 | 3): Promise<PrivateKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-kafka-'))
  const ports: Ports[] = []
  for (let index = 0; index < count; index++)
    ports.push({
      plain: await freePort(),
      controller: await freePort(),
      sasl: await freePort(),
      tls: await freePort(),
      both: await freePort(),
    })
  if (count === 1) await makeCertificates(folder)
  const voters = ports.map(({ controller }, index) => `${index + 1}@127.0.0.1:${controller}`).join(',')
  try {
    for (const [index, each] of ports.entries())
      writeFileSync(fileOf(folder, index + 1), settingsOf(folder, index + 1, each, voters, count))
    await format(libraries, folder, count)
    const brokers = await Promise.all(
      ports.map(({ plain }, index) => startBroker(libraries, folder, index + 1, plain)),
    )
    return {
      url: urlOf(folder, ports, count),
      brokers,
      async stop() {
        await Promise.all(brokers.map(broker => broker.kill()))
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

const fileOf = (folder: string, id: number) => join(folder, `broker-${id}.properties`)

/** Java programs that run for a short time only. */
const quick = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

/** The data folders of all brokers. What the first one gets is right for the others but for their numbers. */
async function format(libraries: string, folder: string, count: number): Promise<void> {
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap(each => [
    '--add-scram',
    `${each}=[name=${user.name},password=${user.password}]`,
  ])
  const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', fileOf(folder, 1), ...scram]
  await run('java', [...quick, '-cp', `${libraries}/*`, ...tool])
  const first = join(folder, 'data-1')
  const facts = readFileSync(join(first, 'meta.properties'), 'utf8')
  for (let id = 2; id <= count; id++) {
    cpSync(first, join(folder, `data-${id}`), { recursive: true })
    const directory = randomBytes(16).toString('base64url')
    const own = facts
      .replace(/^node\.id=.*$/m, `node.id=${id}`)
      .replace(/^directory\.id=.*$/m, `directory.id=${directory}`)
    writeFileSync(join(folder, `data-${id}`, 'meta.properties'), own)
  }
}

function urlOf(folder: string, ports: readonly Ports[], count: number): string {
  const [first] = ports
  const url = `kafka://${ports.map(({ plain }) => `127.0.0.1:${plain}`).join(',')}`
  if (count > 1 || !first) return url
  const { sasl, tls, both } = first
  const secured = { sasl, tls, both, user: user.name, password: user.password, certificates: folder }
  return `${url}?${new URLSearchParams(Object.entries(secured).map(([name, value]) => [name, String(value)]))}`
}

function settingsOf(folder: string, id: number, ports: Ports, voters: string, count: number): string {
  const listeners = [`PLAINTEXT://127.0.0.1:${ports.plain}`, `CONTROLLER://127.0.0.1:${ports.controller}`]
  const login = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user.name}="${user.password}";`
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const secured = [
    `SASL://127.0.0.1:${ports.sasl}`,
    `TLS://127.0.0.1:${ports.tls}`,
    `BOTH://127.0.0.1:${ports.both}`,
  ]
  const mechanisms = ['sasl', 'both'].flatMap(name => [
    `listener.name.${name}.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512`,
    `listener.name.${name}.plain.sasl.jaas.config=${login}`,
    `listener.name.${name}.scram-sha-256.sasl.jaas.config=${scram}`,
    `listener.name.${name}.scram-sha-512.sasl.jaas.config=${scram}`,
  ])
  const isSecured = count === 1
  return [
    'process.roles=broker,controller',
    `node.id=${id}`,
    `controller.quorum.voters=${voters}`,
    'controller.listener.names=CONTROLLER',
    `listeners=${[...listeners, ...(isSecured ? secured : [])].join(',')}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,BOTH:SASL_SSL',
    ...(isSecured ? mechanisms : []),
    ...(isSecured
      ? [
          'ssl.keystore.type=PEM',
          `ssl.keystore.location=${folder}/server.pem`,
          'ssl.truststore.type=PEM',
          `ssl.truststore.location=${folder}/ca.crt`,
          'listener.name.tls.ssl.client.auth=required',
        ]
      : []),
    `log.dirs=${folder}/data-${id}`,
    `offsets.topic.replication.factor=${count}`,
    'offsets.topic.num.partitions=4',
    `transaction.state.log.replication.factor=${count}`,
    `transaction.state.log.min.isr=${count > 1 ? 2 : 1}`,
    'transaction.state.log.num.partitions=4',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    `default.replication.factor=${count}`,
    `min.insync.replicas=${count > 1 ? 2 : 1}`,
    'group.initial.rebalance.delay.ms=0',
    'auto.create.topics.enable=true',
    // A broker that was killed is missed soon; nobody misses the only one, however long it stands still.
    `broker.session.timeout.ms=${count > 1 ? 3_000 : 60_000}`,
    'broker.heartbeat.interval.ms=500',
    'log.retention.check.interval.ms=500',
    'log.segment.delete.delay.ms=100',
    'log.cleaner.backoff.ms=200',
    'num.network.threads=2',
    'num.io.threads=4',
  ].join('\n')
}

/** An authority, the server's certificate by it, and one for a client. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '30']
  await openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=tests')
  for (const name of ['server', 'client']) {
    writeFileSync(join(folder, `${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
    await openssl(
      'req',
      ...key.slice(0, 3),
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    )
    const by = [
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '30',
      '-extfile',
      `${name}.ext`,
    ]
    await openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...by)
  }
  const { stdout } = await run('cat', ['server.key', 'server.crt', 'ca.crt'], { cwd: folder })
  writeFileSync(join(folder, 'server.pem'), stdout)
}

/** Stops the broker when standard input closes, as it does when its starter is killed. */
const keeper = `
exec 3<&0
"$@" 3<&- & server=$!
echo $server
{ cat <&3 >/dev/null; kill -KILL $server; } 2>/dev/null &
wait $server
cat <&3 >/dev/null`

async function startBroker(
  libraries: string,
  folder: string,
  id: number,
  port: number,
): Promise<KafkaBroker> {
  const file = fileOf(folder, id)
  let child = await launch(libraries, folder, file, port)
  const kill = async () => {
    const previous = child
    if (isRunning(previous.server)) process.kill(previous.server, 'SIGKILL')
    while (isRunning(previous.server)) await delay(10)
    const ended = previous.keeper.exitCode === null ? once(previous.keeper, 'exit') : undefined
    previous.keeper.stdin?.end()
    await ended
  }
  return {
    id,
    port,
    kill,
    async restart() {
      child = await launch(libraries, folder, file, port)
    },
  }
}

interface Launched {
  readonly keeper: ChildProcess
  readonly server: number
}

async function launch(libraries: string, folder: string, file: string, port: number): Promise<Launched> {
  const java = ['java', '-Xmx320m', ...quick, '-cp', `${libraries}/*`, 'kafka.Kafka', file]
  const child = spawn('sh', ['-c', keeper, 'sh', ...java], {
    cwd: folder,
    // Ctrl-C is for us; the keeper hears of it through its standard input.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      log = (log + chunk).slice(-4000)
    })
  const [first] = await once(child.stdout, 'data')
  const server = Number.parseInt(String(first), 10)
  const deadline = performance.now() + 180_000
  while (performance.now() < deadline && isRunning(server)) {
    if (await listens(port)) return { keeper: child, server }
    await delay(50)
  }
  child.stdin.end()
  throw new Error(`Kafka did not start:\n${log}`)
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch {
    return false
  }
}

/** The listeners open when the broker is ready to serve. */
async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return answer
}
