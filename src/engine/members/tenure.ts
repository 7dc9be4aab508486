import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import {
  coordinationLease,
  type Lease,
  type Membership,
  partitionLease,
  sourceLease,
} from '../../store/members.ts'
import type { Claim } from '../../store/store.ts'
import { type Host, sleep } from '../host.ts'
import { ClockWatch } from './clock-watch.ts'
import { countLeases, type Outlook, outlookOf } from './outlook.ts'
import { type Group, Picture } from './picture.ts'

export interface TenureOptions {
  readonly groups: readonly Group[]
  readonly host: Host
  /** What was taken; resolves when it is being worked off. Does not reject. */
  take(leases: readonly Lease[]): Promise<void>
  /** Something is to be given back; resolves when nothing of it is done here any more, and all is recorded. */
  give(name: string): Promise<void>
  /** Signs of life fail: nothing new may be begun; or it may again. */
  doubt(unsure: boolean): void
  /** How many members call systems, this one included if it does. */
  callers(count: number): void
  /** By how many milliseconds this machine's clock is ahead of the store's, if that is much; 0 when it is not any more. */
  skew(ahead: number): void
  /** Messages may have been accepted elsewhere. */
  wake(): void
  /** A lease has been taken by another without our giving it: nothing that we do counts any more. */
  lost(error: IsthmusError): void
  load(): Json
}

/** What may be done here, and as whom. */
export interface Tenure {
  /** For appends that belong to no lease. */
  readonly token: number
  readonly partitions: number
  readonly member: Membership | undefined
  readonly outlook: Outlook
  /** By which the store knows that a lease is held here; undefined if it is not. */
  tokenOf(lease: string): number | undefined
  /** Takes what is to be taken, and works it off from now on. Resolves when what was taken first is. */
  begin(): Promise<void>
  /** Takes nothing more, and gives back each lease when its work has ended. */
  retire(): Promise<void>
  /** Is a member no longer; what was not given back counts as held by one who died. */
  end(): Promise<void>
}

/** Of who has the store for itself: it holds everything from the beginning to the end. */
export function soleTenure(claim: Claim, { groups, take }: TenureOptions): Tenure {
  const leases = groups.flatMap(({ names }) => names.map(name => ({ name, ...claim })))
  return {
    token: claim.token,
    partitions: claim.partitions ?? 1,
    member: undefined,
    outlook: {
      members: { intake: 1, worker: 1, scheduler: 1 },
      held: countLeases(leases.map(({ name }) => name)),
      unheld: countLeases([]),
      ...{ lost: 0, sure: true, ahead: 0 },
    },
    tokenOf: () => claim.token,
    begin: () => take(leases),
    async retire() {},
    async end() {},
  }
}

/** At least so many signs of life in the time of a lease. */
const beats = 5
/** Milliseconds for which several reasons to look at the leases wait for one another. */
const gather = 20
/**
 * Who has what it should looks after a hint within so many milliseconds for each member, and at most this long: of many
 * members few are meant, and all at once would be too much for the store.
 */
const spread = { each: 1, most: 500 }
/** Milliseconds from one look for messages of others to the next, whether anybody said something or not. */
const lookEvery = 1_000

/**
 * One member's leases. Beats, takes what is free as far as its fair share goes, gives back what is more than that; all
 * members reckon alike from what the store tells them, and nobody decides for the others.
 */
export class SharedTenure implements Tenure {
  readonly member: Membership
  readonly #options: TenureOptions
  readonly #names: ReadonlyMap<Group, ReadonlySet<string>>
  readonly #held = new Map<string, Lease>()
  readonly #giving = new Set<string>()
  /** One after another: what was taken last is given back only after it has been taken up. */
  #taking: Promise<void> = Promise.resolve()
  readonly #ended = new AbortController()
  #alarm: (() => void) | undefined
  #unsure = false
  #leaving = false
  #round: Promise<void> | undefined
  #again = false
  #hinted = false
  /** Holds less than its share: what another gives back may be for it. */
  #short = true
  #members = 1
  #picture: Picture | undefined
  /** When it has heard of the store last, and from when on it takes what is free; by the monotonic clock. */
  #heard: number | undefined
  #calm = 0
  readonly #clocks: ClockWatch
  /** The highest token of each lease that was held here, so that what was given back is not mistaken for held. */
  readonly #past = new Map<string, number>()

  constructor(member: Membership, options: TenureOptions) {
    this.member = member
    this.#options = options
    this.#clocks = new ClockWatch(ahead => options.skew(ahead))
    this.#names = new Map(options.groups.map(group => [group, new Set(group.names)]))
    member.onWake(wake => {
      if (wake === 'messages') options.wake()
      else void this.#hint()
    })
  }

  get token(): number {
    return this.member.token
  }

  get partitions(): number {
    return this.member.partitions
  }

  get outlook(): Outlook {
    return {
      ...outlookOf(this.#options.groups, this.#picture, this.#held),
      ...{ sure: !this.#unsure, ahead: this.#clocks.ahead },
    }
  }

  /** Milliseconds: who was cut off from the store for so long may not have been alone, and takes nothing for as long. */
  get #cutOff(): number {
    return this.member.lease / 2
  }

  tokenOf(lease: string): number | undefined {
    return this.#giving.has(lease) ? undefined : this.#held.get(lease)?.token
  }

  async begin(): Promise<void> {
    await this.#look()
    await this.#taking
    // Not all at once, where many have begun together.
    void this.#every(
      () => (this.member.lease / beats) * (0.9 + this.#options.host.random() / 10),
      () => this.#look(),
    )
    void this.#every(
      () => lookEvery,
      async () => this.#options.wake(),
    )
  }

  async retire(): Promise<void> {
    this.#leaving = true
    await Promise.all([this.#look(), ...[...this.#held.keys()].map(name => this.#give(name))])
  }

  async end(): Promise<void> {
    this.#leaving = true
    this.#ended.abort()
    this.#alarm?.()
    // A store that does not answer is not waited for.
    await Promise.race([this.#round, sleep(this.#options.host, 1_000)])
    await this.member.leave().catch(() => {})
  }

  async #every(ms: () => number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#ended
    for (;;) {
      await sleep(this.#options.host, ms(), signal)
      if (signal.aborted) return
      await work()
    }
  }

  /** Several hints are one. */
  async #hint(): Promise<void> {
    if (this.#hinted) return
    this.#hinted = true
    const { host } = this.#options
    const wait = this.#short ? 0 : host.random() * Math.min(spread.most, spread.each * this.#members)
    await sleep(host, gather + wait, this.#ended.signal)
    this.#hinted = false
    if (!this.#ended.signal.aborted) await this.#look()
  }

  /** One round at a time; whoever asks during one gets another behind it. */
  async #look(): Promise<void> {
    if (this.#round) {
      this.#again = true
      return await this.#round
    }
    this.#round = this.#rounds()
    await this.#round
    this.#round = undefined
  }

  async #rounds(): Promise<void> {
    do {
      this.#again = false
      await this.#turn().catch(async error => {
        // What cannot be reached is asked again at the next sign of life.
        if (error instanceof IsthmusError && error.fate === 'retry') return
        await this.#resign()
        this.#options.lost(asLost(error))
      })
    } while (this.#again && !this.#ended.signal.aborted)
  }

  async #turn(): Promise<void> {
    const { host, groups, load } = this.#options
    const began = host.monotonic()
    const asked = host.now()
    // Who may have lost everything meanwhile is left no share before it knows.
    const wasCutOff = this.#heard !== undefined && began - this.#heard > this.#cutOff
    const standing = await this.member.beat({ leaving: this.#leaving || wasCutOff, load: load() })
    this.#sure(began)
    if (standing.now !== undefined) this.#clocks.compare(standing.now, asked, host.now())
    const picture = Picture.of(standing, this.member.lease)
    this.#picture = picture
    this.#hear(picture, wasCutOff)
    this.#requireHeld(picture)
    this.#again ||= wasCutOff
    if (this.#leaving || wasCutOff) return
    this.#hold(this.#unknown(picture))
    this.#short = false
    const mine = groups.filter(({ role }) => this.member.member.roles.includes(role))
    const wanted = mine.flatMap(group => this.#balance(group, picture))
    if (wanted.length === 0 || host.monotonic() < this.#calm) return
    const leases = await this.member.take(wanted)
    this.#hold(leases)
    // Others were quicker.
    if (leases.length < wanted.length) void this.#hint()
  }

  #hold(leases: readonly Lease[]): void {
    if (leases.length === 0) return
    for (const lease of leases) {
      this.#held.set(lease.name, lease)
      this.#past.set(lease.name, lease.token)
    }
    this.#taking = this.#taking.then(() => this.#options.take(leases))
  }

  /** Leases that are ours although we have not heard so: the answer was lost. What ran under them before is not known. */
  #unknown(picture: Picture): Lease[] {
    return picture
      .heldBy(this.member.member.id)
      .filter(({ name, token }) => token > (this.#past.get(name) ?? 0))
      .map(({ name, token }) => ({ name, token, clean: false }))
  }

  /**
   * When the store was away nobody could show a sign of life, and whoever comes back first finds the others silent: it
   * leaves them time to come back, too. So does who begins where most are silent.
   */
  #hear({ members, silent, callers }: Picture, wasCutOff: boolean): void {
    const now = this.#options.host.monotonic()
    const isFirst = this.#heard === undefined
    if (wasCutOff || (isFirst && 2 * silent > members)) this.#calm = now + this.#cutOff
    this.#heard = now
    this.#members = members - silent
    this.#options.callers(Math.max(1, callers))
  }

  /** The others need not leave a share to one who is about to end; what it holds stays until it expires. */
  async #resign(): Promise<void> {
    const { host, doubt } = this.#options
    doubt(true)
    const last = this.member.beat({ leaving: true, load: null }).catch(() => {})
    await Promise.race([last, sleep(host, 1_000, this.#ended.signal)])
  }

  /** Begins to give back what is too much of a group; gives what is to be taken. */
  #balance(group: Group, picture: Picture): string[] {
    const { shares, free } = picture.divided(group)
    const share = shares.get(this.member.member.id) ?? 0
    const names = this.#names.get(group)
    const held = [...this.#held.keys()].filter(name => names?.has(name) && !this.#giving.has(name))
    for (const name of held.slice(share)) void this.#give(name)
    this.#short ||= held.length < share
    if (held.length >= share) return []
    return this.#some(
      free.filter(name => !this.#held.has(name)),
      share - held.length,
    )
  }

  /** Drawn by lot, so that not everybody asks for the same. */
  #some(names: readonly string[], count: number): string[] {
    const left = [...names]
    const some: string[] = []
    while (some.length < count && left.length > 0)
      some.push(...left.splice(Math.floor(this.#options.host.random() * left.length), 1))
    return some
  }

  async #give(name: string): Promise<void> {
    const lease = this.#held.get(name)
    if (!lease || this.#giving.has(name)) return
    this.#giving.add(name)
    await this.#taking
    await this.#options.give(name)
    await this.#giveBack(lease)
    this.#held.delete(name)
    this.#giving.delete(name)
  }

  async #giveBack(lease: Lease): Promise<void> {
    while (!this.#ended.signal.aborted)
      try {
        return await this.member.give([lease])
      } catch {
        await sleep(this.#options.host, this.member.lease / beats, this.#ended.signal)
      }
  }

  #requireHeld({ leases }: Picture): void {
    for (const { name, token } of this.#held.values()) {
      const now = leases.get(name)
      if (now?.token === token && now.holder === this.member.member.id) continue
      if (this.#giving.has(name)) continue
      throw new IsthmusError('STORE-FENCED', `${name} is held by another: ${now?.holder ?? 'nobody'}`)
    }
  }

  #sure(began: number): void {
    const { host, doubt } = this.#options
    if (this.#unsure) doubt(false)
    this.#unsure = false
    this.#alarm?.()
    this.#alarm = host.after(Math.max(0, this.#cutOff - (host.monotonic() - began)), () => {
      this.#unsure = true
      doubt(true)
    })
  }
}

function asLost(error: unknown): IsthmusError {
  return error instanceof IsthmusError
    ? error
    : new IsthmusError('STORE-FENCED', 'What became of our leases is not known.', { cause: error })
}

/** What is shared out of a store with so many partitions; `sources`: those that one at a time may read. */
export function groupsOf(partitions: number, sources: readonly string[]): Group[] {
  return [
    {
      role: 'worker',
      names: Array.from({ length: partitions }, (_, partition) => partitionLease(partition)),
    },
    { role: 'scheduler', names: [coordinationLease] },
    { role: 'scheduler', names: sources.map(sourceLease) },
  ]
}
