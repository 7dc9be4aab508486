import type { HrTime, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { IsthmusError } from '../../errors.ts'
import type { TraceSettings } from './settings.ts'
import type { Span } from './span.ts'
import type { ExportSpans } from './span-queue.ts'

/** Hands spans to a collector by OTLP over HTTP. Throws CONFIG-DRIVER where the packages are not installed. */
export async function otlpExport(
  { url, headers, timeout, gzip, resource }: TraceSettings,
  version: string,
): Promise<{ readonly export: ExportSpans; close(): Promise<void> }> {
  const { OTLPTraceExporter, resourceFromAttributes } = await loadPackages()
  const compression = (gzip ? 'gzip' : 'none') as never
  const exporter = new OTLPTraceExporter({
    url,
    headers: { ...headers },
    timeoutMillis: timeout,
    compression,
  })
  const common = {
    resource: resourceFromAttributes({ ...resource }),
    instrumentationScope: { name: 'isthmus', version },
  }
  type Exported = Parameters<typeof exporter.export>[0]
  return {
    export: spans =>
      new Promise((resolve, reject) => {
        const read = spans.map(span => readable(span, common)) as unknown as Exported
        exporter.export(read, ({ code, error }) => (code === 0 ? resolve() : reject(error)))
      }),
    close: () => exporter.shutdown(),
  }
}

const kinds: Readonly<Record<Span['kind'], SpanKind>> = { internal: 0, client: 2, producer: 3, consumer: 4 }
const sampled = 1

function readable(span: Span, common: object) {
  const { traceId, spanId, parentId, traceState, begin, end, attributes, error } = span
  const state = traceState === undefined ? undefined : { serialize: () => traceState }
  const context = { traceId, traceFlags: sampled, traceState: state }
  return {
    ...common,
    name: span.name,
    kind: kinds[span.kind],
    spanContext: () => ({ ...context, spanId }),
    parentSpanContext: parentId === undefined ? undefined : { ...context, spanId: parentId, isRemote: false },
    startTime: hrTime(begin),
    endTime: hrTime(end),
    duration: hrTime(end - begin),
    status:
      error === undefined ? { code: 0 as SpanStatusCode } : { code: 2 as SpanStatusCode, message: error },
    attributes,
    links: [],
    events: [],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}

async function loadPackages() {
  try {
    const [{ OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('@opentelemetry/resources'),
    ])
    return { OTLPTraceExporter, resourceFromAttributes }
  } catch (cause) {
    const packages = '@opentelemetry/api @opentelemetry/exporter-trace-otlp-proto @opentelemetry/resources'
    const text = `OTEL_EXPORTER_OTLP_ENDPOINT is set, and exporting needs packages that are not installed. Run: npm install ${packages}`
    throw new IsthmusError('CONFIG-DRIVER', text, { cause })
  }
}
