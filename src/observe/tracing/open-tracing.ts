import type { MetricSink } from '../prometheus-text.ts'
import { otlpExport } from './otlp.ts'
import { traceSettings } from './settings.ts'
import { SpanQueue } from './span-queue.ts'
import { Tracer } from './tracer.ts'

export interface OpenTracing {
  readonly tracer: Tracer
  render(sink: MetricSink): void
  /** Exports what waits, for some seconds at most. */
  close(): Promise<void>
}

const patience = 3_000

/** Undefined where the environment does not say where to. Throws CONFIG-INVALID or CONFIG-DRIVER. */
export async function openTracing(
  environment: Readonly<Record<string, string | undefined>>,
  landscape: string,
  version: string,
): Promise<OpenTracing | undefined> {
  const settings = traceSettings(environment, landscape, version)
  if (!settings) return undefined
  const collector = await otlpExport(settings, version)
  const queue = new SpanQueue(settings.limits, collector.export)
  return {
    tracer: new Tracer(settings.sampler, span => queue.add(span)),
    render: sink => queue.render(sink),
    async close() {
      await queue.close(patience)
      await collector.close()
    },
  }
}
