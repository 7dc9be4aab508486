import { type Plan, planFlow } from '../../../engine/plan.ts'
import { traceEntry } from '../../../engine/trace.ts'
import type { Flow } from '../../../flow/flow.ts'
import type { Landscape } from '../../../flow/landscape.ts'
import { allSteps, isEffect } from '../../../flow/step.ts'
import { hasPersonalData, masked } from '../../../observe/personal-data.ts'
import type { StoreReader, UnfinishedEntry } from '../../../store/store.ts'
import { stepId, tracedMessage } from '../traced-message.ts'
import { causeOf, groupId, placeOfStep } from './cause.ts'
import type { FailureVerdict } from './failure-schemas.ts'
import { verdictOf } from './verdict.ts'

/** What failures have in common that are of one group. */
export interface FailureClass {
  readonly group: string
  readonly flow: string
  readonly system: string | undefined
  readonly step: string | undefined
  readonly code: string
  readonly cause: string
  readonly state: 'parked' | 'doubt'
  readonly verdict: FailureVerdict
}

/** Causes told apart in one flow; what comes beyond is `*`. */
const most = 500
/** Of each flow so many are remembered. */
const remembered = 2_000

interface Known {
  readonly flow: Flow
  readonly plan: Plan
  readonly discreet: boolean
  /** The system that a step calls. */
  readonly systems: ReadonlyMap<string, string>
}

/**
 * Puts failures into groups. Where personal data go through a flow, a reason may quote them: then the first message of a
 * cause is read, and its cause is shown with them masked.
 */
export class Classes {
  readonly #reader: StoreReader
  readonly #landscape: string
  readonly #flows: ReadonlyMap<string, Known>
  /** By flow, and what is recorded of the failure. */
  readonly #known = new Map<string, Map<string, FailureClass>>()

  constructor(reader: StoreReader, landscape: Landscape | undefined) {
    this.#reader = reader
    this.#landscape = landscape?.name ?? ''
    this.#flows = new Map((landscape?.flows ?? []).map(flow => [flow.name, knownFlow(flow)]))
  }

  async of(flow: string, row: UnfinishedEntry): Promise<FailureClass> {
    const { code = '', reason = '', step } = row.error ?? {}
    const state = row.status === 'doubt' ? 'doubt' : 'parked'
    const place = step === undefined ? undefined : placeOfStep(step)
    const raw = causeOf(reason)
    const name = `${state} ${code} ${place} ${raw}`
    const known = this.#ofFlow(flow)
    const found = known.get(name)
    if (found) return found
    const cause = known.size < most ? await this.#shown(flow, row, raw) : '*'
    const base = this.#flows.get(flow)
    const made: FailureClass = {
      group: groupId(flow, state, code, place ?? '', cause),
      flow,
      system: step === undefined ? undefined : base?.systems.get(stepId(step)),
      step: place,
      code,
      cause,
      state,
      verdict: verdictOf(row),
    }
    if (known.size < remembered) known.set(name, made)
    return made
  }

  /** The key as it may be shown to everybody who sees the message. */
  async shownKey(
    flow: string,
    { seq, key }: { readonly seq: number; readonly key: string },
  ): Promise<string> {
    if (this.#flows.get(flow)?.discreet === false) return key
    return (await this.#traced(flow, seq))?.key ?? masked
  }

  /** Causes that are met no more are forgotten, where there were too many. */
  makeRoom(): void {
    for (const [flow, known] of this.#known) if (known.size >= most) this.#known.delete(flow)
  }

  #ofFlow(flow: string): Map<string, FailureClass> {
    const known = this.#known.get(flow) ?? new Map<string, FailureClass>()
    this.#known.set(flow, known)
    return known
  }

  async #shown(flow: string, row: UnfinishedEntry, raw: string): Promise<string> {
    if (this.#flows.get(flow)?.discreet === false) return raw
    return causeOf((await this.#traced(flow, row.seq))?.error?.reason ?? masked)
  }

  async #traced(flow: string, seq: number) {
    const [entry] = await this.#reader.entries({ flow, seqs: [seq], limit: 1 })
    if (!entry) return undefined
    const known = this.#flows.get(flow)
    const trace = await traceEntry(this.#reader, known?.plan, this.#landscape, entry)
    return tracedMessage(trace, known?.flow, false)
  }
}

function knownFlow(flow: Flow): Known {
  const source = [['source', flow.source.system]] as const
  const called = [...allSteps(flow.steps)]
    .filter(isEffect)
    .map(({ id, channel }) => [id, channel.system] as const)
  return {
    flow,
    plan: planFlow(flow),
    discreet: hasPersonalData(flow),
    systems: new Map([...source, ...called]),
  }
}
