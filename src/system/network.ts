import { BlockList, isIP } from 'node:net'
import { IsthmusError } from '../errors.ts'

/** What a system may be reached at beside public addresses; a network is written as `10.1.0.0/16` or `fd00::/8`. */
export type Allowed = 'loopback' | 'private' | `${string}/${number}`

type Kind = 'loopback' | 'private' | 'other'

/** Not public. Source: the special-purpose address registries of IANA (RFC 6890). */
const special: Readonly<Record<Kind, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
  other: [
    ...['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15'],
    ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
    ...['::/128', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16'],
    // Global unicast is 2000::/3; the rest is special, reserved or given up, as ::127.0.0.1 and fec0::/10 are.
    ...['::/96', '100::/8', '200::/7', '400::/6', '800::/5', '1000::/4', '4000::/2', '8000::/1'],
  ],
}

/**
 * Where clouds answer whoever asks with the credentials of the machine. Sources: the manuals of AWS (EC2, ECS, EKS), Azure,
 * Google Cloud, Oracle Cloud, Alibaba Cloud, Tencent Cloud and Scaleway.
 */
const metadata: readonly string[] = [
  ...['169.254.169.254/32', '169.254.170.2/32', '169.254.170.23/32', '169.254.0.23/32', '169.254.42.42/32'],
  ...['100.100.100.200/32', '192.0.0.192/32', '168.63.129.16/32'],
  ...['fd00:ec2::254/128', 'fd00:ec2::23/128', 'fd20:ce::254/128', 'fd00:42::42/128'],
]

/**
 * Whether an address that a name resolved to may be called. Link-local addresses, and those at which clouds answer with
 * credentials, are never meant by `private`: they need their network.
 */
export function addressRule(allow: readonly Allowed[]): (address: string) => boolean {
  const networks = allow.filter(each => each !== 'loopback' && each !== 'private')
  const named = listOf(networks)
  const kinds = listOf(
    allow.flatMap(each => (each === 'loopback' || each === 'private' ? special[each] : [])),
  )
  return address => {
    const plain = unmapped(address)
    const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(plain) === 0) return false
    if (named.check(plain, family)) return true
    if (credentialGivers.check(plain, family)) return false
    return kinds.check(plain, family) || !everySpecial.check(plain, family)
  }
}

/** For messages: what an address is that is not allowed, and the word that allows it, unless nobody should. */
export function kindOfAddress(address: string): string {
  const plain = unmapped(address)
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  if (credentialGivers.check(plain, family))
    return (
      `${address} is where a cloud gives the credentials of this machine to whoever asks. No business system is there: ` +
      'find out who has set this address, and mend it'
    )
  if (loopback.check(plain, family)) return `${address} is on this machine (allow: ['loopback'])`
  if (privateNetworks.check(plain, family)) return `${address} is private (allow: ['private'])`
  return `${address} is of a special network (allow: ['${plain}/${family === 'ipv6' ? 128 : 32}'])`
}

/** Throws FLOW-DEFINITION. */
export function checkAllowed(system: string, allow: readonly Allowed[]): void {
  for (const each of allow) {
    if (each === 'loopback' || each === 'private' || isNetwork(each)) continue
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `System ${system} allows "${each}", which is no network. Write 'loopback', 'private' or, for example, '10.1.0.0/16'.`,
    )
  }
}

function isNetwork(text: string): boolean {
  const [, address = '', bits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? []
  const family = isIP(address)
  return family !== 0 && Number(bits) <= (family === 6 ? 128 : 32)
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/')
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

/** `::ffff:127.0.0.1`, also as `::ffff:7f00:1`, is 127.0.0.1. A zone (`fe80::1%eth0`) is no part of the address. */
function unmapped(address: string): string {
  const plain = address.replace(/^\[|\]$|%.*$/g, '')
  if (isIP(plain) !== 6) return plain
  const canonical = new URL(`http://[${plain}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? []
  if (high === undefined || low === undefined) return canonical
  const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16)
  return [24, 16, 8, 0].map(shift => (bits >>> shift) & 255).join('.')
}

const loopback = listOf(special.loopback)
const privateNetworks = listOf(special.private)
const credentialGivers = listOf(metadata)
const everySpecial = listOf(Object.values(special).flat())
