import { coordinationLease, type Lease, partitionLease, sourceLease } from '../store/members.ts'
import type { Store } from '../store/store.ts'
import { channelId, type SourceChannel } from '../system/channel.ts'
import type { Coordination } from './coordination.ts'
import type { FlowRunner } from './flow-runner.ts'
import { type Host, patiently } from './host.ts'
import type { Mover } from './mover.ts'
import type { RunningSources } from './running-sources.ts'
import { transportSource } from './transport.ts'

interface LeasedWorkOptions {
  readonly store: Store
  readonly host: Host
  /** In how many shares the keys are divided. */
  readonly partitions: number
  readonly runners: readonly FlowRunner[]
  readonly coordination: Coordination
  readonly sources: RunningSources
  /** Of what a transport carries, if there is one. */
  readonly mover: Mover | undefined
  /** Sources that one member at a time reads. */
  readonly leased: readonly SourceChannel<unknown>[]
  /** Ours, of which every member has its own. */
  readonly topics: readonly SourceChannel<unknown>[]
  /** Lets systems be called and messages be accepted. */
  open(): Promise<void>
}

/** What is done under leases: begun when they are taken, and ended before they are given back. */
export class LeasedWork {
  readonly #options: LeasedWorkOptions

  constructor(options: LeasedWorkOptions) {
    this.#options = options
  }

  /** Takes up what others have left, and goes on with it. */
  async take(leases: readonly Lease[]): Promise<void> {
    const { store, host, partitions, runners, coordination, sources, mover, leased, topics } = this.#options
    const byName = new Map(leases.map(lease => [lease.name, lease]))
    const taken = Array.from({ length: partitions }, (_, partition) => {
      const lease = byName.get(partitionLease(partition))
      return lease ? [{ ...lease, partition }] : []
    }).flat()
    const coordinates = byName.get(coordinationLease)
    const states = taken.length > 0 ? await patiently(host, () => store.read.flows()) : []
    if (coordinates) await coordination.recover(coordinates.token)
    for (const runner of taken.length > 0 ? runners : [])
      await runner.recover(
        taken,
        states.find(state => state.flow === runner.flow),
      )
    // A message that runs alone, before all others, may publish.
    for (const channel of topics) sources.run(channel)
    for (const runner of runners) await runner.runSuspects()
    await this.#options.open()
    if (taken.length > 0) for (const runner of runners) runner.start()
    if (mover)
      for (const { partition, token } of taken)
        sources.keep(transportSource(partition), signal => mover.move(partition, token, signal))
    if (coordinates) await coordination.start()
    for (const channel of leased) {
      const lease = byName.get(sourceLease(channelId(channel)))
      if (lease) sources.run(channel, lease.token)
    }
  }

  /** Resolves when nothing of it is done here any more, and all is recorded. */
  async give(name: string): Promise<void> {
    const { coordination, sources, runners } = this.#options
    if (name === coordinationLease) await coordination.stop()
    else if (name.startsWith(sourceLease(''))) await sources.stop(name.slice(sourceLease('').length))
    else {
      const partition = Number(name.slice(partitionLease(0).length - 1))
      await sources.stop(transportSource(partition))
      await Promise.all(runners.map(runner => runner.give(partition)))
    }
  }
}
