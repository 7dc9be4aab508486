import { hash } from 'node:crypto'
import type { EngineEvent } from '../../engine/events.ts'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { FieldGraph } from './field-graph.ts'
import type { Made } from './landscape-graph.ts'
import { datasetEvents, type OpenEvent, runEvent } from './open-lineage.ts'
import { tableId } from './pipeline-links.ts'

type RunEvent = EngineEvent & { readonly type: 'run' }

const states = { running: 'START', published: 'COMPLETE', failed: 'FAIL', cancelled: 'ABORT' } as const
/** Events that wait; what comes beyond is dropped and told. */
const mostWaiting = 1_000
const patience = 10_000

/** The address of a collector: `http://marquez:5000/api/v1/lineage`. Throws CONFIG-INVALID. */
export function lineageUrl(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const { ISTHMUS_OPENLINEAGE_URL: url } = environment
  if (!url) return undefined
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url
  throw new IsthmusError('CONFIG-INVALID', `ISTHMUS_OPENLINEAGE_URL is an http(s) address, not "${url}".`)
}

/**
 * Tells a collector of OpenLineage what is made of what, at the start, and the runs of pipelines. One event after the
 * other; what cannot be told is dropped. Nobody waits for it.
 */
export class LineageSender {
  readonly #url: string
  readonly #landscape: Made & { readonly name: string }
  readonly #graph: () => Promise<FieldGraph>
  readonly #told: (problem: string) => void
  readonly #waiting: OpenEvent[] = []
  readonly #begun = new Set<string>()
  readonly #closing = new AbortController()
  #dropped = 0
  #sending: Promise<void> | undefined

  /** `told` is called once for each time that the collector goes away. */
  constructor(parts: {
    readonly url: string
    readonly landscape: Made & { readonly name: string }
    graph(): Promise<FieldGraph>
    told(problem: string): void
  }) {
    this.#url = parts.url
    this.#landscape = parts.landscape
    this.#graph = parts.graph
    this.#told = parts.told
  }

  /** What is declared: one event for each data set. */
  async begin(now: number): Promise<void> {
    const graph = await this.#graph()
    for (const event of datasetEvents(graph, this.#landscape.name, new Date(now).toISOString()))
      this.#add(event)
  }

  readonly watch = (event: EngineEvent): void => {
    if (event.type === 'run') void this.#run(event, Date.now()).catch(error => this.#told(reasonOf(error)))
  }

  /** Sends what waits, for some seconds at most. */
  async close(): Promise<void> {
    const over = setTimeout(() => this.#closing.abort(), 3_000)
    await this.#sending
    clearTimeout(over)
    this.#closing.abort()
  }

  async #run({ pipeline, key, status }: RunEvent, now: number): Promise<void> {
    const id = runUuid(this.#landscape.name, pipeline, key)
    // A run goes on more often than it begins.
    if (status === 'running' && this.#begun.has(id)) return
    if (status === 'running') this.#begun.add(id)
    else this.#begun.delete(id)
    const declared = this.#landscape.pipelines?.find(({ name }) => name === pipeline)
    const graph = await this.#graph()
    const about = { landscape: this.#landscape.name, pipeline, runId: id, state: states[status] }
    const tables = (declared?.tables ?? []).map(tableId)
    this.#add(runEvent(graph, { ...about, at: new Date(now).toISOString(), tables, until: key }))
  }

  #add(event: OpenEvent): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#dropped++
      return
    }
    this.#waiting.push(event)
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined
    })
  }

  async #send(): Promise<void> {
    for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) {
      try {
        await this.#post(event)
      } catch (error) {
        this.#dropped += 1 + this.#waiting.length
        this.#waiting.length = 0
        this.#told(`${reasonOf(error)}; ${this.#dropped} events were not told`)
        this.#dropped = 0
      }
    }
  }

  async #post(event: OpenEvent): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(patience)])
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(this.#url, { method: 'POST', headers, body: JSON.stringify(event), signal })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`the collector answered ${answer.status}`)
  }
}

/** The same for each event of a run: a UUID of version 8 (RFC 9562), made of its name. */
function runUuid(landscape: string, pipeline: string, key: string): string {
  const hex = hash('sha256', `${landscape} ${pipeline} ${key}`, 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
