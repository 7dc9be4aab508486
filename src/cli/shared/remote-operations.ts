import { type ErrorCode, errorCodes, IsthmusError } from '../../errors.ts'
import { controlPath, readControlFile } from '../../server/control-file.ts'
import type { WhyAnswer, WhyQuery } from '../../server/operations/messages/schemas.ts'
import type {
  AlertOperations,
  BatchOperations,
  Decisions,
  EditOperations,
  FailureOperations,
  MessageSearch,
  Operations,
  PipelineOperations,
  Replays,
  SagaOperations,
  TransactionOperations,
} from '../../server/operations/operations.ts'
import type {
  Balance,
  BulkDecision,
  DecisionReport,
  MessageRef,
  ParkedPage,
  ParkedQuery,
  Rebuilt,
  SingleDecision,
  SourceDecision,
  Status,
  TracedMessage,
} from '../../server/operations/schemas.ts'
import type { Workers } from '../../server/operations/worker-schemas.ts'
import { remoteAlerts } from './remote-alerts.ts'
import { remoteBatches, remoteFailures } from './remote-batches.ts'
import { remotePipelines } from './remote-pipelines.ts'
import { type Ask, noneFor404, remoteSagas, remoteTransactions } from './remote-sagas.ts'

/** The instance that works on this data directory, if one runs. */
export async function runningInstance(data: string): Promise<Operations | undefined> {
  const file = readControlFile(data)
  if (!file?.running) return undefined
  const { url, instance } = file.running
  // After a crash the port may be another program's: it must not get the token.
  if ((await instanceAt(url)) !== instance) return undefined
  return new RemoteOperations(url, file.token, controlPath(data))
}

/** Loaded when there is somebody to talk to: most commands are over before it would be. */
const http = () => import('undici')

async function instanceAt(url: string): Promise<string | undefined> {
  const { request } = await http()
  try {
    const { body } = await request(`${url}/healthz`, { headersTimeout: 5_000, bodyTimeout: 5_000 })
    return ((await body.json()) as { instance?: string }).instance
  } catch {
    return undefined
  }
}

class RemoteOperations implements Operations {
  readonly decisions: Decisions
  readonly sagas: SagaOperations
  readonly transactions: TransactionOperations
  readonly pipelines: PipelineOperations
  readonly replays: Replays
  readonly failures: FailureOperations
  readonly batches: BatchOperations
  readonly edits: EditOperations
  readonly alerts: AlertOperations
  readonly #url: string
  readonly #token: string
  readonly #tokenPlace: string

  constructor(url: string, token: string, tokenPlace: string) {
    this.#url = url
    this.#token = token
    this.#tokenPlace = tokenPlace
    this.decisions = {
      one: async (message, order) => void (await this.#decide(message, order)),
      many: order => this.#ask<DecisionReport>('/parked/decision', {}, order satisfies BulkDecision),
    }
    const ask: Ask = (path, query, order) => this.#ask(path, query, order)
    this.sagas = remoteSagas(ask)
    this.transactions = remoteTransactions(ask)
    this.pipelines = remotePipelines(ask)
    this.failures = remoteFailures(ask)
    this.batches = remoteBatches(ask)
    this.edits = {
      try: ({ flow, seq }, question) => ask(`/flows/${flow}/messages/${seq}/try`, {}, question),
    }
    this.alerts = remoteAlerts(ask)
    this.replays = {
      preview: question => this.#ask('/replay/preview', {}, question),
      run: order => this.#ask('/replay', {}, order),
    }
  }

  status(): Promise<Status> {
    return this.#ask('/status')
  }

  workers(): Promise<Workers> {
    return this.#ask('/workers')
  }

  balance(flow?: string): Promise<Balance> {
    return this.#ask('/balance', { flow })
  }

  async messages(which: MessageSearch): Promise<TracedMessage[]> {
    if ('seq' in which) {
      const { flow, seq, showPii } = which
      const message = this.#ask<TracedMessage>(`/flows/${flow}/messages/${seq}`, { showPii })
      return message.then(found => [found], noneFor404)
    }
    return (await this.#ask<{ messages: TracedMessage[] }>('/messages', { ...which })).messages
  }

  async why(query: WhyQuery): Promise<WhyAnswer | undefined> {
    const [found] = await this.#ask<WhyAnswer>('/why', { ...query }).then(one => [one], noneFor404)
    return found
  }

  parked(query: ParkedQuery): Promise<ParkedPage> {
    return this.#ask('/parked', query)
  }

  async resync(source: string, order: SourceDecision): Promise<void> {
    await this.#ask(`/sources/${encodeURIComponent(source)}/resync`, {}, order)
  }

  async retry(source: string, order: SourceDecision): Promise<void> {
    await this.#ask(`/sources/${encodeURIComponent(source)}/retry`, {}, order)
  }

  rebuild(projection: string, order: SourceDecision): Promise<Rebuilt> {
    return this.#ask(`/projections/${encodeURIComponent(projection)}/rebuild`, {}, order)
  }

  #decide({ flow, seq }: MessageRef, order: SingleDecision): Promise<DecisionReport> {
    return this.#ask(`/flows/${flow}/messages/${seq}/decision`, {}, order)
  }

  async #ask<T>(path: string, query: Readonly<Record<string, unknown>> = {}, order?: unknown): Promise<T> {
    const address = new URL(`/api/v1${path}`, this.#url)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) address.searchParams.set(name, String(value))
    const { request } = await http()
    const { statusCode, body } = await request(address, {
      method: order === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: order === undefined ? null : JSON.stringify(order),
      // A balance of many messages takes its time.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const answer: unknown = await body.json()
    if (statusCode === 200) return answer as T
    throw this.#refusal(statusCode, answer as { code?: string; detail?: string; reference?: string })
  }

  #refusal(
    status: number,
    { code = '', detail = '', reference }: { code?: string; detail?: string; reference?: string },
  ) {
    const known = code in errorCodes ? (code as ErrorCode) : 'CONTROL-REFUSED'
    if (status === 401) {
      const text = `The instance does not know the token of ${this.#tokenPlace}. Was it started with another ISTHMUS_TOKEN?`
      return new IsthmusError('CONTROL-REFUSED', text)
    }
    return new IsthmusError(known, status >= 500 ? `${detail} Reference: ${reference}.` : detail, {
      detail: { status },
    })
  }
}
