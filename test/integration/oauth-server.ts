import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
// @ts-expect-error: the package has no types
import Provider from 'oidc-provider'

interface Kept {
  save(): Promise<string>
  destroy(): Promise<void>
  readonly scope?: string
}

interface Kind {
  new (fields: object): Kept
  find(value: string): Promise<Kept | undefined>
}

/** As much of oidc-provider as these tests use. */
interface OidcProvider {
  callback(): (request: IncomingMessage, response: object) => void
  readonly ClientCredentials: Kind
  readonly AccessToken: Kind
  readonly RefreshToken: Kind
  readonly Grant: new (fields: object) => { addOIDCScope(scope: string): void; save(): Promise<string> }
  readonly Client: { find(id: string): Promise<object> }
}

export interface OAuthServer {
  readonly url: string
  readonly tokenUrl: string
  /** Calls of the token endpoint so far. */
  readonly asked: () => number
  /** The token that a request carries, if it is valid. */
  tokenIn(request: IncomingMessage): Promise<Kept | undefined>
  /** A refresh token, as a person would have given it to the client once. */
  grant(): Promise<string>
}

export const clientSecret = 'very/secret+canary:41'

/** A certified OAuth 2.0 server, for one test. Its clients are named by how they authenticate. */
export async function startOAuth(
  t: TestContext,
  { rotate = false }: { rotate?: boolean } = {},
): Promise<OAuthServer> {
  const client = {
    client_secret: clientSecret,
    redirect_uris: ['https://client.example/back'],
    grant_types: ['client_credentials', 'refresh_token', 'authorization_code'],
    scope: 'openid offline_access orders stock',
  }
  const clients = [
    { ...client, client_id: 'basic:client', token_endpoint_auth_method: 'client_secret_basic' },
    { ...client, client_id: 'post', token_endpoint_auth_method: 'client_secret_post' },
  ]
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(url, {
    clients,
    scopes: ['openid', 'offline_access', 'orders', 'stock', 'admin'],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    rotateRefreshToken: rotate,
    ttl: { ClientCredentials: 600, AccessToken: 600, RefreshToken: 86_400, Grant: 86_400 },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
  }) as OidcProvider
  let asked = 0
  const answer = provider.callback()
  server.on('request', (request, response) => {
    if (request.url === '/token') asked++
    answer(request, response)
  })
  t.after(async () => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url,
    tokenUrl: `${url}/token`,
    asked: () => asked,
    async tokenIn({ headers }) {
      const value = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
      return (await provider.ClientCredentials.find(value)) ?? (await provider.AccessToken.find(value))
    },
    async grant() {
      const grant = new provider.Grant({ accountId: 'person', clientId: 'basic:client' })
      grant.addOIDCScope('openid offline_access orders')
      const fields = {
        accountId: 'person',
        client: await provider.Client.find('basic:client'),
        grantId: await grant.save(),
        scope: 'openid offline_access orders',
        gty: 'authorization_code',
      }
      return new provider.RefreshToken(fields).save()
    },
  }
}
