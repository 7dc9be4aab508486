// Writes test/deploy/schemas/ anew, from what the projects themselves publish: node scripts/run.mjs scripts/deploy/published-schemas.ts
// Needs Go, which fetches the modules and checks their sums. The tests need what is written only.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { closed, closureOf, type Json } from './schema-text.ts'

const modules = {
  compose: 'github.com/compose-spec/compose-go/v2@v2.16.2',
  istio: 'istio.io/api@v1.32.0',
  kubernetes: 'k8s.io/kubernetes@v1.37.2',
  prometheus: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
} as const

const kubernetesKinds = {
  api__v1: ['ConfigMap', 'Secret', 'Service', 'ServiceAccount', 'PersistentVolumeClaim'],
  apis__apps__v1: ['Deployment', 'StatefulSet'],
  apis__autoscaling__v2: ['HorizontalPodAutoscaler'],
  'apis__networking.k8s.io__v1': ['Ingress', 'NetworkPolicy'],
  apis__policy__v1: ['PodDisruptionBudget'],
}
const istioKinds = [
  'Gateway',
  'VirtualService',
  'DestinationRule',
  'PeerAuthentication',
  'AuthorizationPolicy',
]
const prometheusKinds = ['servicemonitors', 'prometheusrules']

const target = join(import.meta.dirname, '../../test/deploy/schemas')
mkdirSync(target, { recursive: true })
write('compose', JSON.parse(readFileSync(join(folderOf('compose'), 'schema/compose-spec.json'), 'utf8')))
write('kubernetes', kubernetes(join(folderOf('kubernetes'), 'api/openapi-spec/v3')))
const crds = 'kubernetes/customresourcedefinitions.gen.yaml'
write('istio', customResources([join(folderOf('istio'), crds)], istioKinds))
const files = prometheusKinds.map(name =>
  join(folderOf('prometheus'), `example/prometheus-operator-crd/monitoring.coreos.com_${name}.yaml`),
)
write('prometheus-operator', customResources(files))

function folderOf(name: keyof typeof modules): string {
  const cwd = mkdtempSync(join(tmpdir(), 'isthmus-schemas-'))
  try {
    const answer = execFileSync('go', ['mod', 'download', '-json', modules[name]], { cwd, encoding: 'utf8' })
    return JSON.parse(answer).Dir
  } finally {
    rmSync(cwd, { recursive: true })
  }
}

/** By `apiVersion/kind`, with what they refer to. */
function kubernetes(folder: string): Json {
  const all: Record<string, Json> = {}
  const wanted: Record<string, string> = {}
  for (const [file, kinds] of Object.entries(kubernetesKinds)) {
    const { components } = JSON.parse(readFileSync(join(folder, `${file}_openapi.json`), 'utf8'))
    Object.assign(all, components.schemas)
    for (const [name, schema] of Object.entries<Json>(components.schemas))
      for (const { group, version, kind } of (schema['x-kubernetes-group-version-kind'] ?? []) as Kind[])
        if (kinds.includes(kind)) wanted[`${group ? `${group}/` : ''}${version}/${kind}`] = name
  }
  return { kinds: wanted, components: { schemas: closureOf(all, Object.values(wanted)) } }
}

interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

function customResources(paths: readonly string[], kinds?: readonly string[]): Json {
  const found: Record<string, Json> = {}
  for (const path of paths)
    for (const document of parseAllDocuments(readFileSync(path, 'utf8'))) {
      const { spec } = (document.toJS() ?? {}) as { spec?: CustomResource }
      if (spec === undefined || kinds?.includes(spec.names.kind) === false) continue
      for (const { name, schema } of spec.versions)
        if (name === 'v1')
          found[`${spec.group}/v1/${spec.names.kind}`] = closed(withHead(schema.openAPIV3Schema))
    }
  return found
}

/** What every object has, which some leave out. */
function withHead(schema: Json): Json {
  const head = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } }
  return { ...schema, properties: { ...head, ...(schema.properties as Json) } }
}

interface CustomResource {
  readonly group: string
  readonly names: { readonly kind: string }
  readonly versions: { readonly name: string; readonly schema: { readonly openAPIV3Schema: Json } }[]
}

function write(name: string, schema: Json): void {
  writeFileSync(join(target, `${name}.json`), `${JSON.stringify(schema)}\n`)
}
