import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'

type Validate = { (value: unknown): boolean; errors?: unknown }

interface KubernetesSchemas {
  readonly kinds: Readonly<Record<string, string>>
  readonly components: object
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'schemas', `${name}.json`), 'utf8')) as T
}

/** What is wrong with a compose file by the schema of its specification. */
export function composeProblems(file: unknown): string {
  const ajv = new Ajv2020({ strict: false, formats: { ...fullFormats, duration: true } })
  return problems(ajv.compile(read<object>('compose')), file)
}

const ajv = new Ajv({
  strict: false,
  formats: { ...fullFormats, 'int-or-string': true, int32: true, int64: true, double: true },
})
const compiled = new Map<string, Validate>()
let kubernetes: KubernetesSchemas | undefined

/** What is wrong with an object of Kubernetes, Istio or the Prometheus operator by the schema that its project publishes. */
export function objectProblems(object: { readonly apiVersion?: string; readonly kind?: string }): string {
  const kind = `${object.apiVersion}/${object.kind}`
  const validate = compiled.get(kind) ?? compile(kind)
  if (validate === undefined) return `There is no schema of ${kind}.`
  compiled.set(kind, validate)
  return problems(validate, object)
}

function compile(kind: string): Validate | undefined {
  if (kubernetes === undefined) {
    kubernetes = read<KubernetesSchemas>('kubernetes')
    ajv.addSchema({ $id: 'kubernetes', components: kubernetes.components })
  }
  const name = kubernetes.kinds[kind]
  if (name !== undefined) return ajv.compile({ $ref: `kubernetes#/components/schemas/${name}` })
  const custom = {
    ...read<Record<string, object>>('istio'),
    ...read<Record<string, object>>('prometheus-operator'),
  }
  return custom[kind] && ajv.compile(custom[kind])
}

function problems(validate: Validate, value: unknown): string {
  return validate(value) ? '' : JSON.stringify(validate.errors)
}
