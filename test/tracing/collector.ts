import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import protobuf from 'protobufjs'

/** Of opentelemetry-proto 1 (trace/v1/trace.proto, common/v1, resource/v1): the fields that a collector reads. */
const schema = `
syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ExportTraceServiceResponse { }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; }
message InstrumentationScope { string name = 1; string version = 2; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
}`

export interface CollectedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string
  readonly traceState: string
  readonly name: string
  readonly kind: number
  readonly begin: bigint
  readonly end: bigint
  readonly attributes: Readonly<Record<string, unknown>>
  readonly failed: boolean
  readonly resource: Readonly<Record<string, unknown>>
}

export interface Collector {
  readonly url: string
  readonly spans: CollectedSpan[]
  readonly headers: Record<string, unknown>[]
  /** While it is set, everything is answered by this status. */
  failWith: number | undefined
}

/** Takes OTLP over HTTP at /v1/traces, in protobuf, as the specification has it. */
export async function collector(t: TestContext): Promise<Collector> {
  const type = protobuf.parse(schema, { keepCase: false }).root.lookupType('ExportTraceServiceRequest')
  const made: { -readonly [K in keyof Collector]: Collector[K] } = {
    url: '',
    spans: [],
    headers: [],
    failWith: undefined,
  }
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const isGood = request.method === 'POST' && request.url === '/v1/traces'
    if (!isGood || request.headers['content-type'] !== 'application/x-protobuf')
      return response.writeHead(400).end()
    if (made.failWith !== undefined) return response.writeHead(made.failWith).end()
    made.headers.push(request.headers)
    const sent = Buffer.concat(parts)
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
    made.spans.push(
      ...spansOf(type.toObject(type.decode(bytes), { longs: String, defaults: true, arrays: true }) as never),
    )
    return response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  made.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return made
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}
interface RawSpan {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly parentSpanId: Uint8Array
  readonly traceState: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
  readonly status: { readonly code: number } | null
}

function spansOf({
  resourceSpans,
}: {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[]
  }[]
}): CollectedSpan[] {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const record = (attributes: readonly Attribute[]) =>
    Object.fromEntries(
      attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue]),
    )
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(span => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentId: hex(span.parentSpanId),
        traceState: span.traceState,
        name: span.name,
        kind: span.kind,
        begin: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        attributes: record(span.attributes),
        failed: span.status?.code === 2,
        resource: record(resource.attributes),
      })),
    ),
  )
}
