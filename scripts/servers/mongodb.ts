import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './kept.ts'
import { fetchedJars } from './maven.ts'
import type { TestServer } from './server.ts'

const run = promisify(execFile)

/** In the folder mongodb/: pom.xml names the version, DurableServer.java is what runs. */
const own = join(import.meta.dirname, 'mongodb')
const version = '1.47.0'

/** mongo-java-server, which speaks MongoDB's protocol over an embedded database. */
export const mongodb: TestServer = {
  name: 'MongoDB',
  variable: 'ISTHMUS_TEST_MONGODB',
  missingPackages: () => [
    ...(existsSync('/usr/bin/javac') ? [] : ['default-jdk-headless']),
    ...(existsSync('/usr/bin/mvn') ? [] : ['maven']),
  ],
  async start(say) {
    if (!existsSync('/usr/bin/javac') || !existsSync('/usr/bin/mvn')) return undefined
    const libraries = await fetchedMongo(say)
    say('Starting a private MongoDB (mongo-java-server) ...')
    return startPrivateMongo(libraries)
  },
  compose: {
    service: 'mongodb',
    port: 27_017,
    url: address => `mongodb://${address}/?directConnection=true`,
  },
}

/** One running server over a file of its own. */
export interface PrivateMongo {
  readonly url: string
  /** Ends it at once, as `kill -9` does, and starts it again over the same file and port. */
  killAndRestart(): Promise<void>
  stop(): Promise<void>
}

/** The folder with its jars. */
export const fetchedMongo = (say?: (line: string) => void): Promise<string> =>
  fetchedJars({ name: 'mongo-java-server', version, pom: join(own, 'pom.xml') }, say)

/**
 * Stops the server and deletes its folder when standard input closes, as it does when its starter is killed. Then nobody
 * reads any more what the shell says of that.
 */
const keeper = `
folder=$1; shift
exec 3<&0
"$@" 3<&- & server=$!
echo $server
trap '' PIPE
{ cat <&3 >/dev/null; kill -KILL $server; } 2>/dev/null &
wait $server
cat <&3 >/dev/null
cd / && rm -rf "$folder"`

export async function startPrivateMongo(libraries: string): Promise<PrivateMongo> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-mongodb-'))
  const port = await freePort()
  const source = join(own, 'DurableServer.java')
  await run('javac', ['-cp', `${libraries}/*`, '-d', folder, source], { timeout: 600_000 })
  let child = await launch(libraries, folder, port)
  return {
    url: `mongodb://127.0.0.1:${port}`,
    async killAndRestart() {
      const previous = child
      process.kill(previous.server, 'SIGKILL')
      await gone(previous.server)
      child = await launch(libraries, folder, port)
      previous.keeper.kill('SIGKILL')
    },
    async stop() {
      const ended = once(child.keeper, 'exit')
      child.keeper.stdin?.end()
      await ended
    },
  }
}

interface Launched {
  readonly keeper: ChildProcess
  readonly server: number
}

async function launch(libraries: string, folder: string, port: number): Promise<Launched> {
  // It is soon ready, and need not become fast.
  const java = ['java', '-Xmx1g', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const program = ['-cp', `${folder}:${libraries}/*`, 'DurableServer', String(port), join(folder, 'data')]
  const child = spawn('sh', ['-c', keeper, 'sh', folder, ...java, ...program], {
    // Ctrl-C is for us; the keeper hears of it through its standard input.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', chunk => {
    log = (log + chunk).slice(-4000)
  })
  const [first] = await once(child.stdout, 'data')
  const server = Number(String(first).trim())
  const deadline = performance.now() + 180_000
  while (performance.now() < deadline && isRunning(server)) {
    if (await listens(port)) return { keeper: child, server }
    await delay(50)
  }
  child.stdin.end()
  throw new Error(`MongoDB did not start:\n${log}`)
}

async function gone(id: number): Promise<void> {
  while (isRunning(id)) await delay(10)
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch {
    return false
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return answer
}
