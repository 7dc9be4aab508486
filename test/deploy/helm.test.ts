import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { metricInfo } from '../../src/observe/metric-catalogue.ts'
import { chart, objectsOf, type Rendered, render, withoutHelm } from './charted.ts'
import { objectProblems } from './published.ts'

const shapes = {
  hub: { networkPolicy: { postgres: { to: [{ ipBlock: { cidr: '10.0.0.5/32' } }] } } },
  cloud: {
    image: {
      repository: 'registry.example.com/plant',
      digest: `sha256:${'a'.repeat(64)}`,
      pullSecrets: [{ name: 'registry' }],
    },
    secret: { keys: { transport: 'transport' } },
    landscape: { configMap: 'landscape' },
    env: [{ name: 'ERP_URL', value: 'https://erp.example.com' }],
    envFrom: [{ secretRef: { name: 'systems' } }],
    settings: { ISTHMUS_KEEP: '30d' },
    graceSeconds: 120,
    tolerations: [{ key: 'integration', operator: 'Exists' }],
    nodeSelector: { pool: 'integration' },
    podAnnotations: { 'example.com/team': 'integration' },
    podLabels: { team: 'integration' },
    roles: {
      intake: { autoscaling: { enabled: false } },
      worker: { autoscaling: { enabled: true }, disruptionBudget: { maxUnavailable: '25%' } },
      scheduler: { replicas: 2 },
    },
    service: {
      intake: { annotations: { 'example.com/lb': 'internal' } },
      control: { annotations: { a: 'b' } },
    },
    ingress: {
      enabled: true,
      host: 'hooks.example.com',
      className: 'nginx',
      tlsSecret: 'hooks',
      annotations: { a: 'b' },
    },
    networkPolicy: {
      postgres: { port: 6432, to: [{ podSelector: { matchLabels: { app: 'pgbouncer' } } }] },
      kafka: { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kafka' } } }] },
      egress: [{ to: [{ ipBlock: { cidr: '10.1.0.0/16' } }], ports: [{ protocol: 'TCP', port: 443 }] }],
    },
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
  },
  istio: {
    istio: {
      enabled: true,
      host: 'hooks.example.com',
      tlsSecret: 'hooks',
      canary: { service: 'next-isthmus-intake', weight: 5 },
    },
  },
  canary: { istio: { enabled: true }, roles: { worker: { replicas: 0 }, scheduler: { replicas: 0 } } },
  bare: { networkPolicy: { enabled: false }, roles: { intake: { autoscaling: { enabled: false } } } },
}

const refused = {
  unknown: { worker: { replicas: 3 } },
  secretInSettings: { settings: { ISTHMUS_TOKEN: 'abc' } },
  keyInSettings: { settings: { ISTHMUS_PEOPLE_KEY: 'abc' } },
  tooManyWorkers: { roles: { worker: { autoscaling: { maxReplicas: 17 } } } },
  grace: { graceSeconds: '25s' },
  noCertificate: { istio: { enabled: true, host: 'hooks.example.com' } },
  digest: { image: { digest: 'sha256:abc' } },
}

if (withoutHelm) test('the chart is sound', { skip: withoutHelm }, () => {})
else checkChart()

function checkChart(): void {
  const { lint, cases } = render({ ...shapes, ...refused })
  const objects = Object.fromEntries(
    Object.keys(shapes).map(name => [name, objectsOf(cases[name]?.files ?? assert.fail(cases[name]?.error))]),
  ) as Record<keyof typeof shapes, Rendered[]>
  const find = (shape: keyof typeof shapes, kind: string, name: string): Rendered =>
    objects[shape].find(each => each.kind === kind && each.metadata.name === `plant-isthmus${name}`) ??
    assert.fail(`${shape} has no ${kind} plant-isthmus${name}`)

  test('Helm has nothing to say against the chart', () => {
    assert.deepEqual(
      lint.messages.filter(({ severity }) => severity > 1),
      [],
    )
  })

  test('every object is as the published schema of its kind wants it, and none is there twice', () => {
    for (const [shape, all] of Object.entries(objects)) {
      assert.ok(all.length >= 10, shape)
      for (const each of all)
        assert.equal(objectProblems(each), '', `${shape}: ${each.kind} ${each.metadata?.name}`)
      const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      assert.equal(new Set(names).size, names.length, shape)
    }
    const kinds = new Set(
      Object.values(objects)
        .flat()
        .map(({ kind }) => kind),
    )
    for (const kind of [
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
      'NetworkPolicy',
      'VirtualService',
      'ServiceMonitor',
    ])
      assert.ok(kinds.has(kind), kind)
  })

  test('the schemas find what is wrong', () => {
    const wrong = structuredClone(find('hub', 'Deployment', '-worker'))
    wrong.spec.template.spec.containers[0].readOnlyRootFileSystem = true
    assert.match(objectProblems(wrong), /readOnlyRootFileSystem/)
    const route = structuredClone(find('istio', 'VirtualService', ''))
    route.spec.http[0].route[0].weight = 'all'
    assert.match(objectProblems(route), /weight/)
  })

  test('values that mean nothing are refused', () => {
    for (const name of Object.keys(refused)) assert.match(cases[name]?.error ?? '', /schema/, name)
  })

  test('pods have no more rights than they need, write to their volumes alone, and have no token of the cluster', () => {
    for (const [shape, all] of Object.entries(objects))
      for (const { kind, spec, metadata } of all) {
        if (kind !== 'Deployment') continue
        const pod = spec.template.spec
        const [container] = pod.containers
        const name = `${shape}: ${metadata.name}`
        assert.equal(pod.automountServiceAccountToken, false, name)
        assert.equal(pod.securityContext.runAsNonRoot, true, name)
        assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault', name)
        assert.deepEqual(container.securityContext.capabilities, { drop: ['ALL'] }, name)
        assert.equal(container.securityContext.readOnlyRootFilesystem, true, name)
        assert.equal(container.securityContext.allowPrivilegeEscalation, false, name)
        assert.ok(container.resources.limits.memory, name)
        const mounted = new Set(container.volumeMounts.map(({ name }: Rendered) => name))
        assert.deepEqual(mounted, new Set(pod.volumes.map(({ name }: Rendered) => name)), name)
      }
  })

  test('every member has the same secrets, of the Secret that is there already', () => {
    for (const role of ['intake', 'worker', 'scheduler']) {
      const [{ env }] = find('cloud', 'Deployment', `-${role}`).spec.template.spec.containers
      const secrets = env.flatMap(({ name, valueFrom }: Rendered) =>
        valueFrom ? [[name, valueFrom.secretKeyRef]] : [],
      )
      assert.deepEqual(Object.fromEntries(secrets), {
        ISTHMUS_STORE: { name: 'isthmus', key: 'store' },
        ISTHMUS_TOKEN: { name: 'isthmus', key: 'token' },
        ISTHMUS_PEOPLE_KEY: { name: 'isthmus', key: 'people' },
        ISTHMUS_TRANSPORT: { name: 'isthmus', key: 'transport' },
      })
    }
  })

  test('a pod is given more time than a stop takes', () => {
    for (const [shape, grace] of [
      ['hub', 25],
      ['cloud', 120],
    ] as const)
      for (const role of ['intake', 'worker', 'scheduler']) {
        const pod = find(shape, 'Deployment', `-${role}`).spec.template.spec
        const [{ env, lifecycle }] = pod.containers
        assert.equal(env.find(({ name }: Rendered) => name === 'ISTHMUS_GRACE').value, `${grace}s`)
        const before = lifecycle?.preStop.sleep.seconds ?? 0
        assert.ok(pod.terminationGracePeriodSeconds >= grace + before + 10, `${shape}: ${role}`)
      }
  })

  test('what selects pods finds those that there are, and ports have the names by which they are called', () => {
    for (const [shape, all] of Object.entries(objects)) {
      const pods = all.filter(({ kind }) => kind === 'Deployment').map(({ spec }) => spec.template)
      const matching = (wanted: Record<string, string>) =>
        pods.filter(({ metadata }) =>
          Object.entries(wanted).every(([label, value]) => metadata.labels[label] === value),
        )
      const ports = new Set(['http', 'control'])
      for (const { kind, metadata, spec } of all) {
        const labels = {
          Service: spec?.selector,
          PodDisruptionBudget: spec?.selector?.matchLabels,
          NetworkPolicy: spec?.podSelector?.matchLabels,
          PeerAuthentication: spec?.selector?.matchLabels,
          AuthorizationPolicy: spec?.selector?.matchLabels,
        }[kind as string]
        if (labels) assert.ok(matching(labels).length > 0, `${shape}: ${kind} ${metadata.name}`)
        if (kind === 'Service')
          for (const port of spec.ports) assert.ok(ports.has(port.targetPort), metadata.name)
        if (kind !== 'HorizontalPodAutoscaler') continue
        const target = all.find(
          each => each.kind === 'Deployment' && each.metadata.name === spec.scaleTargetRef.name,
        )
        assert.ok(target, metadata.name)
        assert.equal(target.spec.replicas, undefined, 'an autoscaler and a number of replicas would fight')
      }
    }
    assert.equal(find('bare', 'Deployment', '-intake').spec.replicas, 2)
  })

  test('workers are scaled on what waits for all of them, under the labels that the monitor gives', () => {
    const [{ external }] = find('cloud', 'HorizontalPodAutoscaler', '-worker').spec.metrics
    assert.equal(metricInfo(external.metric.name)?.kind, 'gauge')
    assert.deepEqual(external.target, { type: 'AverageValue', averageValue: '5000' })
    const [{ relabelings }] = find('cloud', 'ServiceMonitor', '').spec.endpoints
    const given = Object.fromEntries(
      relabelings.map(({ targetLabel, replacement }: Rendered) => [targetLabel, replacement]),
    )
    const asked = Object.entries(external.metric.selector.matchLabels)
    assert.ok(asked.length > 0)
    for (const [label, value] of asked) assert.equal(given[label], value, label)
  })

  test('nothing goes in or out that is not said', () => {
    const none = find('hub', 'NetworkPolicy', '-none').spec
    assert.deepEqual(
      [none.policyTypes, none.ingress, none.egress],
      [['Ingress', 'Egress'], undefined, undefined],
    )
    const out = (shape: keyof typeof shapes) =>
      find(shape, 'NetworkPolicy', '-out').spec.egress.flatMap(({ ports }: Rendered) =>
        ports.map(({ port }: Rendered) => port),
      )
    assert.deepEqual(out('hub'), [53, 53, 5432])
    assert.deepEqual(out('cloud'), [53, 53, 6432, 9092, 443])
    assert.deepEqual(out('istio'), [53, 53, 15012])
    assert.equal(
      objects.bare.some(({ kind }) => kind === 'NetworkPolicy'),
      false,
    )
  })

  test('the mesh lets the gateway to the intake and the named namespaces to the control API, and shares the route', () => {
    const { rules, action } = find('istio', 'AuthorizationPolicy', '').spec
    assert.equal(action, 'ALLOW')
    assert.deepEqual(
      rules.map(({ to }: Rendered) => to[0].operation.ports[0]),
      ['8080', '8090'],
    )
    assert.equal(find('istio', 'PeerAuthentication', '').spec.mtls.mode, 'STRICT')
    const weights = find('istio', 'VirtualService', '').spec.http[0].route.map(
      ({ destination, weight }: Rendered) => [destination.host, weight],
    )
    assert.deepEqual(weights, [
      ['plant-isthmus-intake', 95],
      ['next-isthmus-intake', 5],
    ])
  })

  test('the sidecar outlives the member, and a canary has no route of its own', () => {
    for (const role of ['intake', 'worker', 'scheduler']) {
      const { annotations } = find('istio', 'Deployment', `-${role}`).spec.template.metadata
      assert.deepEqual(parse(annotations['proxy.istio.io/config']), {
        holdApplicationUntilProxyStarts: true,
        proxyMetadata: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true' },
      })
    }
    const kinds = objects.canary.map(({ kind }) => kind)
    assert.ok(kinds.includes('AuthorizationPolicy') && kinds.includes('DestinationRule'))
    assert.ok(!kinds.includes('Gateway') && !kinds.includes('VirtualService'))
  })

  test('the rules of the cluster are those of deploy/prometheus', () => {
    const rules = parse(readFileSync(join(chart, '../../prometheus/isthmus-rules.yaml'), 'utf8'))
    assert.deepEqual(find('cloud', 'PrometheusRule', '').spec, rules)
  })
}
