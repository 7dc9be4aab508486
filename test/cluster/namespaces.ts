import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** How a namespace is cut off from a port of the others: what it says is lost, what it hears, both, or both are refused. */
export type Cut = 'mute' | 'deaf' | 'both' | 'reset'

/** A network of namespaces on this machine, joined by a bridge that reaches nothing else. */
export interface Network {
  /** Of this side. */
  readonly address: string
  readonly subnet: string
  add(): Namespace
  /** Takes everything away. Done by the end of the process at the latest. */
  close(): void
}

export interface Namespace {
  readonly name: string
  readonly address: string
  /** Until `heal`; established connections too. */
  cut(how: Cut, port: number): void
  heal(): void
}

const run = (program: string, args: readonly string[], input?: string): string =>
  execFileSync(program, args, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] })

/** For `skip` of node:test. */
export const withoutNamespaces = missing() ?? false
if (withoutNamespaces && process.env.ISTHMUS_REQUIRE_SERVERS === '1') throw new Error(withoutNamespaces)

function missing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need root on Linux'
  try {
    run('nft', ['--version'])
    removeLeft()
    makeNetwork().close()
    return undefined
  } catch (error) {
    return `network namespaces (packages iproute2 and nftables) cannot be had: ${String(error).trim()}`
  }
}

export function makeNetwork(): Network {
  const bridge = `isth${process.pid}`
  const [address, subnet] = place(bridge)
  const names: string[] = []
  const close = () => {
    for (const name of names.splice(0)) removeNamespace(name)
    if (existsSync(`/sys/class/net/${bridge}`)) run('ip', ['link', 'del', bridge])
    process.off('exit', close)
  }
  process.on('exit', close)
  const add = () => {
    const name = `${bridge}-${names.length}`
    names.push(name)
    return makeNamespace(name, bridge, address.replace(/1$/, String(names.length + 1)))
  }
  return { address, subnet, add, close }
}

/** A subnet that nobody on this machine has. */
function place(bridge: string): readonly [address: string, subnet: string] {
  run('ip', ['link', 'add', bridge, 'type', 'bridge'])
  const taken = run('ip', ['-4', '-o', 'addr'])
  for (let n = process.pid % 250; ; n = (n + 1) % 250) {
    const net = `10.231.${n}`
    if (taken.includes(` ${net}.`)) continue
    run('ip', ['addr', 'add', `${net}.1/24`, 'dev', bridge])
    run('ip', ['link', 'set', bridge, 'up'])
    return [`${net}.1`, `${net}.0/24`]
  }
}

function makeNamespace(name: string, bridge: string, address: string): Namespace {
  const end = name.replace('isth', 'iv')
  run('ip', ['netns', 'add', name])
  run('ip', ['link', 'add', end, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name])
  run('ip', ['link', 'set', end, 'master', bridge, 'up'])
  run('ip', ['-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0'])
  for (const device of ['eth0', 'lo']) run('ip', ['-n', name, 'link', 'set', device, 'up'])
  const rules = (text: string) => run('ip', ['netns', 'exec', name, 'nft', '-f', '-'], text)
  return {
    name,
    address,
    cut: (how, port) => rules(`add table inet cut\ndelete table inet cut\n${rulesOf(how, port)}`),
    heal: () => rules('add table inet cut\ndelete table inet cut'),
  }
}

function rulesOf(how: Cut, port: number): string {
  const verdict = how === 'reset' ? 'reject with tcp reset' : 'drop'
  const out = how === 'deaf' ? '' : `tcp dport ${port} ${verdict};`
  const into = how === 'mute' ? '' : `tcp sport ${port} ${verdict};`
  return `table inet cut {
    chain out { type filter hook output priority 0; ${out} }
    chain into { type filter hook input priority 0; ${into} }
  }`
}

function removeNamespace(name: string): void {
  try {
    run('ip', ['netns', 'del', name])
  } catch {
    // It is gone.
  }
}

/** What a process that was killed has left. */
function removeLeft(): void {
  const isLeft = (name: string) => {
    const pid = /^isth(\d+)/.exec(name)?.[1]
    return pid !== undefined && !existsSync(`/proc/${pid}`)
  }
  for (const line of run('ip', ['netns', 'list']).split('\n')) {
    const [name = ''] = line.split(' ')
    if (isLeft(name)) removeNamespace(name)
  }
  for (const line of readFileSync('/proc/net/dev', 'utf8').split('\n')) {
    const name = line.split(':')[0]?.trim() ?? ''
    if (isLeft(name)) run('ip', ['link', 'del', name])
  }
}
