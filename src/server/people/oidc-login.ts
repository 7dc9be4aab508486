import { IsthmusError } from '../../errors.ts'
import { refused } from '../operations/deciding.ts'
import { grantsOf, type OidcConfig } from './access-config.ts'
import type { Grant } from './permissions.ts'

/** Somebody for whom a directory vouches. */
export interface DirectoryPerson {
  readonly origin: 'oidc' | 'ldap'
  readonly name: string
  readonly subject: string
  readonly grants: readonly Grant[]
}

/** What must be the same when the browser comes back; it carries it, sealed. */
export interface OidcTrip {
  readonly verifier: string
  readonly state: string
  readonly nonce: string
}

type Client = typeof import('openid-client')

/** Log-in by OpenID Connect: authorization code with PKCE. The provider is asked for its addresses at first use. */
export class OidcLogin {
  readonly #config: OidcConfig
  readonly #redirect: string
  #found: Promise<{ client: Client; server: import('openid-client').Configuration }> | undefined

  constructor(config: OidcConfig, url: string) {
    this.#config = config
    this.#redirect = `${url}/api/v1/oidc/callback`
  }

  get label(): string {
    return this.#config.label ?? new URL(this.#config.issuer).hostname
  }

  async begin(): Promise<{ readonly to: string; readonly trip: OidcTrip }> {
    const { client, server } = await this.#server()
    const verifier = client.randomPKCECodeVerifier()
    const trip = { verifier, state: client.randomState(), nonce: client.randomNonce() }
    const to = client.buildAuthorizationUrl(server, {
      redirect_uri: this.#redirect,
      scope: this.#config.scope ?? 'openid profile',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: trip.state,
      nonce: trip.nonce,
    })
    return { to: to.href, trip }
  }

  /** Throws CONTROL-REFUSED for whoever the provider does not vouch for. */
  async end(query: string, { verifier, state, nonce }: OidcTrip): Promise<DirectoryPerson> {
    const { client, server } = await this.#server()
    const { nameClaim = 'preferred_username', groupsClaim = 'groups', issuer, grants } = this.#config
    const checks = {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    }
    const address = new URL(`${this.#redirect}?${query}`)
    const tokens = await client.authorizationCodeGrant(server, address, checks).catch(cause => {
      const text = 'The provider does not vouch for it. The log of the instance says why.'
      throw new IsthmusError('CONTROL-REFUSED', text, { cause, detail: { status: 401 } })
    })
    const claims = tokens.claims()
    const name = claims?.[nameClaim] ?? claims?.sub
    if (!claims || typeof name !== 'string' || name === '')
      throw refused(`The provider tells no ${nameClaim}.`, 401)
    const groups = [claims[groupsClaim] ?? []].flat().map(String)
    return { origin: 'oidc', name, subject: `${issuer} ${claims.sub}`, grants: grantsOf(groups, grants) }
  }

  #server() {
    this.#found ??= this.#discover().catch(error => {
      this.#found = undefined
      throw error
    })
    return this.#found
  }

  async #discover() {
    const client = await loadClient()
    const { issuer, clientId, clientSecret } = this.#config
    const address = new URL(issuer)
    const isLocal = /^(127\.|\[::1\]$|localhost$)/.test(address.hostname)
    const execute = address.protocol === 'http:' && isLocal ? [client.allowInsecureRequests] : []
    try {
      const server = await client.discovery(
        address,
        clientId,
        undefined,
        clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret),
        { execute, timeout: 10 },
      )
      return { client, server }
    } catch (cause) {
      const text = 'The OpenID provider cannot be reached. The log of the instance says why.'
      throw new IsthmusError('CONTROL-REFUSED', text, { cause, detail: { status: 503 } })
    }
  }
}

async function loadClient(): Promise<Client> {
  try {
    return await import('openid-client')
  } catch (cause) {
    const text =
      'OIDC needs the package openid-client, and it is not installed. Run: npm install openid-client'
    throw new IsthmusError('CONFIG-DRIVER', text, { cause })
  }
}
