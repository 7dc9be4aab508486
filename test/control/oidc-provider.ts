import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
// @ts-expect-error: the package has no types
import Provider from 'oidc-provider'
import { freePort } from '../../scripts/servers/kept.ts'
import { type PeopleScene, peopleScene } from '../security/people-scene.ts'

export interface TestPerson {
  readonly sub: string
  readonly name: string
  readonly groups: readonly string[]
}

export interface TestProvider {
  readonly issuer: string
  /** Who logs in there next: the pages of the provider ask for a name only. */
  people: Record<string, TestPerson>
  /** Walks through its pages as a person does, and gives the address to which it sends the browser back. */
  walk(from: string, login: string): Promise<string>
}

export const oidcSecret = 'oidc/client+secret:77'

/** A certified OpenID provider, for one test. */
export async function startProvider(t: TestContext, redirectUri: string): Promise<TestProvider> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const started: TestProvider = { issuer, people: {}, walk: (from, login) => walk(issuer, from, login) }
  const warn = console.warn
  console.warn = () => {}
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'isthmus',
        client_secret: oidcSecret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    cookies: { keys: ['test'] },
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: async (_context: unknown, login: string) => {
      const person = started.people[login]
      if (!person) return undefined
      const { sub, name, groups } = person
      return { accountId: login, claims: async () => ({ sub, preferred_username: name, groups }) }
    },
  }) as { callback(): (request: IncomingMessage, response: object) => void }
  server.on('request', provider.callback())
  t.after(() => {
    console.warn = warn
    server.closeAllConnections()
    server.close()
  })
  return started
}

async function walk(issuer: string, from: string, login: string): Promise<string> {
  const cookies = new Map<string, string>()
  let address = from
  let form: URLSearchParams | undefined
  for (let step = 0; step < 12; step++) {
    const response = await fetch(address, {
      redirect: 'manual',
      method: form ? 'POST' : 'GET',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { body: form }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    form = undefined
    const to = response.headers.get('location')
    const text = await response.text()
    if (to !== null) {
      address = new URL(to, address).href
      if (!address.startsWith(issuer)) return address
      continue
    }
    const action = /action="([^"]+)"/.exec(text)?.[1]
    const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1]
    if (action === undefined || prompt === undefined)
      throw new Error(`${response.status}: ${text.slice(0, 500)}`)
    address = new URL(action, address).href
    form = new URLSearchParams({ prompt, login, password: 'any' })
  }
  throw new Error('the provider leads nowhere')
}

/** An instance that knows a provider, and the provider. */
export async function withProvider(t: TestContext): Promise<{ scene: PeopleScene; provider: TestProvider }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const provider = await startProvider(t, `${url}/api/v1/oidc/callback`)
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-oidc-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const oidc = {
    issuer: provider.issuer,
    clientId: 'isthmus',
    clientSecret: 'OIDC_SECRET',
    label: 'Company',
    grants: [
      { group: 'integration', role: 'admin' },
      { group: 'sales', role: 'operator', scope: { flows: ['alpha'] } },
    ],
  }
  writeFileSync(join(folder, 'access.json'), JSON.stringify({ oidc }))
  const environment = {
    ISTHMUS_ACCESS: join(folder, 'access.json'),
    ISTHMUS_CONTROL_URL: url,
    OIDC_SECRET: oidcSecret,
  }
  const scene = await peopleScene(t, { environment, control: { port } })
  provider.people = { ann: { sub: 'u-1', name: 'ann@example.com', groups: ['sales', 'other'] } }
  return { scene, provider }
}
