import type { EngineEvent } from '../engine/events.ts'
import type { Sentinel } from '../flow/sentinel.ts'
import { type DriftFinding, type DriftSeverity, drift } from '../model/profile/drift.ts'
import { Profiler } from '../model/profile/profiler.ts'
import { channelId } from '../system/channel.ts'
import type { MetricSink } from './prometheus-text.ts'

/** The findings of one sample; none if it is like the profile. */
export type Drifted = (sentinel: Sentinel, findings: readonly DriftFinding[]) => void

/** How a channel stands that is watched. */
export interface Watched {
  readonly sentinel: Sentinel
  /** Messages of the sample that is being taken. */
  readonly taken: number
  /** Of the last whole sample; undefined before the first. */
  readonly findings: readonly DriftFinding[] | undefined
  /** Milliseconds since 1970 UTC: when that sample was whole. */
  readonly comparedAt: number | undefined
}

interface Post {
  readonly sentinel: Sentinel
  profiler: Profiler
  /** Of the last whole sample; undefined before the first. */
  findings: readonly DriftFinding[] | undefined
  comparedAt: number | undefined
}

const severities: readonly DriftSeverity[] = ['critical', 'warning', 'info']

/** Compares what is accepted with the profiles of the sentinels. Of the messages only counts are kept. */
export class Sentinels {
  readonly #posts = new Map<string, Post[]>()
  readonly #told: Drifted

  constructor(sentinels: readonly Sentinel[], told: Drifted) {
    this.#told = told
    for (const sentinel of sentinels) {
      const id = channelId(sentinel.channel)
      const post = { sentinel, profiler: profilerOf(sentinel), findings: undefined, comparedAt: undefined }
      this.#posts.set(id, [...(this.#posts.get(id) ?? []), post])
    }
  }

  readonly watch = (event: EngineEvent): void => {
    if (event.type !== 'received') return
    for (const post of this.#posts.get(event.source) ?? []) this.#take(post, event.data)
  }

  watched(): Watched[] {
    return [...this.#posts.values()]
      .flat()
      .map(({ profiler, ...post }) => ({ ...post, taken: profiler.records }))
  }

  render(text: MetricSink): void {
    const posts = [...this.#posts].flatMap(([source, all]) => all.map(post => ({ source, ...post })))
    text.metric(
      'isthmus_drift_findings',
      posts.flatMap(({ source, findings }) =>
        severities.map(severity => {
          const count = findings?.filter(each => each.severity === severity).length
          return [{ source, severity }, count] as const
        }),
      ),
    )
  }

  #take(post: Post, data: unknown): void {
    const { sentinel, profiler } = post
    profiler.add(data)
    if (profiler.records < sentinel.sample) return
    post.profiler = profilerOf(sentinel)
    const before = post.findings ?? []
    post.comparedAt = Date.now()
    post.findings = drift(sentinel.profile, profiler.result(), sentinel.tolerance)
    if (namesOf(before) !== namesOf(post.findings)) this.#told(sentinel, post.findings)
  }
}

function profilerOf({ channel }: Sentinel): Profiler {
  return new Profiler({ pii: channel.model.pii })
}

const namesOf = (findings: readonly DriftFinding[]) =>
  findings.map(({ field, kind, severity }) => `${field} ${kind} ${severity}`).join('\n')
