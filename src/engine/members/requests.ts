import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { partitionLease, sourceLease } from '../../store/members.ts'
import type { UnfinishedEntry } from '../../store/store.ts'
import type { FlowRunner } from '../flow-runner.ts'
import type { Decided } from '../person.ts'
import { transportPartition } from '../transport.ts'
import type { RoleRequest } from './remote-roles.ts'
import type { Tenure } from './tenure.ts'

/** What one member asks another for, who holds the lease that it takes. */
export type MemberRequest =
  | RoleRequest
  | { readonly do: 'decide'; readonly flow: string; readonly row: UnfinishedEntry; readonly decided: Decided }
  | { readonly do: 'retry'; readonly source: string }
  | { readonly do: 'resync'; readonly source: string }
  | { readonly do: 'outside'; readonly request: Json }

export interface RequestsOptions {
  readonly tenure: Tenure
  runner(flow: string): FlowRunner | undefined
  decideAlone(flow: string, row: UnfinishedEntry, token: number, decided: Decided): Promise<void>
  resync(source: string): Promise<void>
  retry(source: string): boolean
  call(request: RoleRequest): Promise<Json>
  /** What is no matter of the engine. */
  outside(request: Json): Promise<Json>
}

/** Does what people and other members ask for, here or where the lease is held that it takes. */
export class Requests {
  readonly #options: RequestsOptions

  constructor(options: RequestsOptions) {
    this.#options = options
    options.tenure.member?.onRequest((_, request) => this.#perform(request as unknown as MemberRequest))
  }

  /** A person's decision about a message that was set aside. Throws CONTROL-REFUSED if it has gone on. */
  async decide(flow: string, row: UnfinishedEntry, decided: Decided): Promise<void> {
    await this.#through(partitionLease(row.partition), { do: 'decide', flow, row, decided })
  }

  async resync(source: string): Promise<void> {
    await this.#through(leaseOf(source), { do: 'resync', source })
  }

  /** False if the source does not wait for that. */
  async retry(source: string): Promise<boolean> {
    return (await this.#through(leaseOf(source), { do: 'retry', source })) === true
  }

  async #through(lease: string, request: MemberRequest): Promise<Json> {
    const { tenure } = this.#options
    if (!tenure.member || tenure.tokenOf(lease) !== undefined) return await this.#perform(request)
    return await tenure.member.ask(lease, request as unknown as Json)
  }

  async #perform(request: MemberRequest): Promise<Json> {
    const { runner, decideAlone, resync, retry, call, outside } = this.#options
    if (request.do === 'call') return await call(request)
    if (request.do === 'outside') return await outside(request.request)
    if (request.do === 'retry') return retry(request.source)
    if (request.do === 'resync') return await resync(request.source).then(() => null)
    const { flow, row, decided } = request
    const running = runner(flow)
    if (running)
      await ('settled' in decided ? running.end(row, decided.settled) : running.resume(decided.unfinished))
    else await decideAlone(flow, row, this.#tokenOf(row), decided)
    return null
  }

  #tokenOf({ partition }: UnfinishedEntry): number {
    const token = this.#options.tenure.tokenOf(partitionLease(partition))
    if (token !== undefined) return token
    throw new IsthmusError(
      'MEMBER-ELSEWHERE',
      `Partition ${partition} is worked off by another member by now.`,
    )
  }
}

/** What is carried is moved by who works off its partition. */
function leaseOf(source: string): string {
  const partition = transportPartition(source)
  return partition === undefined ? sourceLease(source) : partitionLease(partition)
}
