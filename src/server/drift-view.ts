import type { Landscape } from '../flow/landscape.ts'
import type { Sentinels } from '../observe/sentinels.ts'
import { channelId } from '../system/channel.ts'
import { withReaders } from './drift-impact.ts'
import type { WatchedChannel } from './operations/pipelines/quality-schemas.ts'

/** What the sentinels of an instance have found, with the flows that read the fields. */
export class DriftView {
  readonly #landscape: Landscape
  readonly #sentinels: Sentinels

  constructor(landscape: Landscape, sentinels: Sentinels) {
    this.#landscape = landscape
    this.#sentinels = sentinels
  }

  /** Those of systems that are seen. */
  watched(sees: (system: string) => boolean): WatchedChannel[] {
    return this.#sentinels
      .watched()
      .filter(({ sentinel }) => sees(sentinel.channel.system))
      .map(({ sentinel: { channel, sample }, taken, findings, comparedAt }) => ({
        channel: channelId(channel),
        system: channel.system,
        ...{ sample, taken },
        ...(comparedAt !== undefined && { comparedAt }),
        ...(findings && {
          findings: withReaders(this.#landscape, channel, findings).map(
            ({ field, kind, severity, reason, breaks }) => ({
              ...{ field, kind, severity, reason },
              flows: [...new Set(breaks.map(({ flow }) => flow))],
            }),
          ),
        }),
      }))
  }
}
