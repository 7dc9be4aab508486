import { IsthmusError } from '../../errors.ts'
import type { QueueLimits } from './span-queue.ts'
import type { Sampler } from './tracer.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface TraceSettings {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds for a request, its repeats included. */
  readonly timeout: number
  readonly gzip: boolean
  readonly limits: QueueLimits
  readonly sampler: Sampler
  readonly resource: Readonly<Record<string, string>>
}

/**
 * What the environment says, in the names of the OpenTelemetry specification; undefined where nothing is to be exported.
 * Throws CONFIG-INVALID.
 */
export function traceSettings(
  environment: Environment,
  landscape: string,
  version: string,
): TraceSettings | undefined {
  const of = (name: string) =>
    environment[`OTEL_EXPORTER_OTLP_TRACES_${name}`] || environment[`OTEL_EXPORTER_OTLP_${name}`]
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own, OTEL_EXPORTER_OTLP_ENDPOINT: common } = environment
  const given = own || common
  const { OTEL_SDK_DISABLED: disabled = '', OTEL_TRACES_EXPORTER: exporter = 'otlp' } = environment
  if (!given || disabled.toLowerCase() === 'true' || exporter === 'none') return undefined
  if (!/^https?:\/\//.test(given) || !URL.canParse(given))
    throw invalid(
      `${own ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT'} is an http(s) address, not "${given}".`,
    )
  const protocol = of('PROTOCOL') ?? 'http/protobuf'
  if (protocol !== 'http/protobuf')
    throw invalid(
      `OTEL_EXPORTER_OTLP_PROTOCOL is http/protobuf here, not "${protocol}"; collectors take it at port 4318.`,
    )
  return {
    url: own ? own : `${given.replace(/\/+$/, '')}/v1/traces`,
    headers: pairs(of('HEADERS'), 'OTEL_EXPORTER_OTLP_HEADERS'),
    timeout: whole(of('TIMEOUT'), 'OTEL_EXPORTER_OTLP_TIMEOUT', 10_000),
    gzip: of('COMPRESSION') === 'gzip',
    limits: {
      size: whole(environment.OTEL_BSP_MAX_QUEUE_SIZE, 'OTEL_BSP_MAX_QUEUE_SIZE', 2048),
      batch: whole(environment.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512),
      delay: whole(environment.OTEL_BSP_SCHEDULE_DELAY, 'OTEL_BSP_SCHEDULE_DELAY', 5000),
    },
    sampler: samplerOf(environment),
    resource: {
      ...pairs(environment.OTEL_RESOURCE_ATTRIBUTES, 'OTEL_RESOURCE_ATTRIBUTES'),
      'service.name': environment.OTEL_SERVICE_NAME || 'isthmus',
      'service.version': version,
      'isthmus.landscape': landscape,
    },
  }
}

function samplerOf(environment: Environment): Sampler {
  const { OTEL_TRACES_SAMPLER: name = 'parentbased_always_on', OTEL_TRACES_SAMPLER_ARG: argument } =
    environment
  const base = name.replace(/^parentbased_/, '')
  const root = rootOf(base, argument)
  if (!root) throw invalid(`OTEL_TRACES_SAMPLER is parentbased_traceidratio or the like, not "${name}".`)
  if (base === name) return traceId => root(traceId)
  return (traceId, sampled) => sampled ?? root(traceId)
}

function rootOf(base: string, argument: string | undefined): ((traceId: string) => boolean) | undefined {
  if (base === 'always_on') return () => true
  if (base === 'always_off') return () => false
  if (base !== 'traceidratio') return undefined
  const ratio = argument ? Number(argument) : 1
  if (!(ratio >= 0 && ratio <= 1))
    throw invalid(`OTEL_TRACES_SAMPLER_ARG is a share from 0 to 1, not "${argument}".`)
  // All who look at the same trace choose alike: by its last 56 bits.
  const limit = ratio * 2 ** 56
  return traceId => Number.parseInt(traceId.slice(-14), 16) < limit
}

/** `a=b,c=d`, in which values are percent-encoded. */
function pairs(text: string | undefined, name: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const pair of (text ?? '').split(',').filter(part => part.trim() !== '')) {
    const at = pair.indexOf('=')
    if (at < 1) throw invalid(`${name} is a list such as name=value,other=value.`)
    found[pair.slice(0, at).trim()] = decoded(pair.slice(at + 1).trim())
  }
  return found
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function whole(text: string | undefined, name: string, otherwise: number): number {
  if (!text) return otherwise
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw invalid(`${name} is a whole number, not "${text}".`)
}

function invalid(text: string): IsthmusError {
  return new IsthmusError('CONFIG-INVALID', text)
}
