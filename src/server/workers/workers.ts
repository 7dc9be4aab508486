import { join } from 'node:path'
import { IsthmusError } from '../../errors.ts'
import type { Log } from '../../observe/log.ts'
import type { ShareClock } from '../../store/shared/party.ts'
import { type SharedStore, shareStore } from '../../store/shared/share-store.ts'
import type { Store } from '../../store/store.ts'
import type { Configuration, Environment } from '../configuration.ts'
import { Crew, type Hand } from './crew.ts'
import { startProcess } from './worker-process.ts'
import { startThread } from './worker-thread.ts'

export interface WorkersOptions {
  readonly count: number
  /** The landscape's file, which each worker loads for itself. */
  readonly landscape: string
  /** What a thread runs. */
  readonly thread: URL
  /** What a process runs. */
  readonly program: string
  readonly environment: Environment
  readonly log: Log
  readonly clock: ShareClock
}

/** Shares of the keys in a store that is made for workers. */
const partitionsForWorkers = 16

/**
 * The workers that a process starts beside itself: threads, where it has the store in files, which they share with it;
 * processes, where the store is a database.
 */
export class Workers {
  readonly #options: WorkersOptions
  readonly #ended = Promise.withResolvers<void>()
  #shared: SharedStore | undefined
  #crew: Crew | undefined
  /** Those that run now. */
  readonly hands = new Map<number, Hand>()

  constructor(options: WorkersOptions) {
    this.#options = options
  }

  /** Claims a store for this process and its threads. It is closed behind the last of them. */
  async share(
    store: Store,
    owner: string,
    { partitions = partitionsForWorkers }: Configuration,
  ): Promise<Store> {
    const claim = await store.claim(owner, { partitions })
    if ((claim.partitions ?? 1) < this.#options.count) {
      await store.close(claim.clean ? 'clean' : 'unclean')
      throw tooFew(claim.partitions ?? 1, this.#options.count)
    }
    const shared = shareStore(store, claim, this.#options.clock)
    this.#shared = shared
    return {
      ...shared,
      close: async how => {
        if (this.#crew) await this.#ended.promise
        await shared.close(how)
      },
    }
  }

  /** Starts them, and again when they die. */
  start({ data }: Configuration): void {
    const { count, log, landscape, thread, program, environment } = this.#options
    const begin = (worker: number): Hand => {
      const own = { worker, landscape, environment: environmentOf(environment, data, worker), write }
      const store = this.#shared
      const hand = store
        ? startThread({ ...own, program: thread, store, files: data })
        : startProcess({ ...own, program })
      this.hands.set(worker, hand)
      return hand
    }
    this.#crew = new Crew({ count, log, begin })
  }

  /** Resolves when all have ended. Called again, it can only end sooner. */
  async stop(grace: number): Promise<void> {
    await this.#crew?.stop(grace)
    this.#ended.resolve()
  }
}

const write = (line: string): void => void process.stdout.write(line)

/** A worker has data and addresses of its own; what is not said otherwise is as it is for the process that starts it. */
function environmentOf(environment: Environment, data: string, worker: number): Environment {
  return {
    ...environment,
    ISTHMUS_WORKER: String(worker),
    ISTHMUS_ROLE: 'worker',
    ISTHMUS_DATA: join(data, 'workers', String(worker)),
    PORT: '0',
    ISTHMUS_CONTROL_PORT: '0',
  }
}

function tooFew(partitions: number, count: number): IsthmusError {
  const now = `The keys of this store are divided into ${partitions === 1 ? 'one share' : `${partitions} shares`}`
  const remedy =
    'Copy it into a new store, which is divided into more: isthmus store copy. Or start without --workers'
  return new IsthmusError(
    'CONFIG-INVALID',
    `${now}, which ${count} workers cannot divide among them. ${remedy}.`,
  )
}
