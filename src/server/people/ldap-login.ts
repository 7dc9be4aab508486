import { IsthmusError } from '../../errors.ts'
import { grantsOf, type LdapConfig } from './access-config.ts'
import type { DirectoryPerson } from './oidc-login.ts'

type Driver = typeof import('ldapts')
const patience = 10_000
/** Source: RFC 4511, resultCode. */
const invalidCredentials = 49

/** Log-in by a directory: its entry is found by the name, and the password is tried by a bind of its own. */
export class LdapLogin {
  readonly #config: LdapConfig

  constructor(config: LdapConfig) {
    this.#config = config
  }

  /** Undefined when name or password are wrong. Throws CONTROL-REFUSED (503) when the directory does not answer. */
  async check(name: string, password: string): Promise<DirectoryPerson | undefined> {
    const driver = await loadDriver()
    try {
      return await this.#check(driver, name, password)
    } catch (cause) {
      const text = 'The directory cannot be asked now. The log of the instance says why.'
      throw new IsthmusError('CONTROL-REFUSED', text, { cause, detail: { status: 503 } })
    }
  }

  async #check(driver: Driver, name: string, password: string): Promise<DirectoryPerson | undefined> {
    const { user, password: own, people, nameAttribute = 'uid' } = this.#config
    return this.#connected(driver, async client => {
      await client.bind(user, own)
      const { searchEntries } = await client.search(people, {
        scope: 'sub',
        filter: new driver.EqualityFilter({ attribute: nameAttribute, value: name }),
        attributes: [nameAttribute],
        sizeLimit: 2,
      })
      const [entry] = searchEntries
      // A bind without a password is anonymous, and succeeds (RFC 4513, 5.1.2). Two of a name are none.
      if (!entry || searchEntries.length > 1 || password === '') return undefined
      if (!(await this.#bindsAs(driver, entry.dn, password))) return undefined
      const groups = await this.#groups(driver, client, entry.dn)
      const shown = [entry[nameAttribute] ?? name].flat()[0]
      const grants = grantsOf(groups, this.#config.grants)
      return { origin: 'ldap', name: String(shown), subject: entry.dn, grants }
    })
  }

  async #groups(driver: Driver, client: InstanceType<Driver['Client']>, dn: string): Promise<string[]> {
    const { groups, memberAttribute = 'member', groupAttribute = 'cn' } = this.#config
    const { searchEntries } = await client.search(groups, {
      scope: 'sub',
      filter: new driver.EqualityFilter({ attribute: memberAttribute, value: dn }),
      attributes: [groupAttribute],
    })
    return searchEntries.flatMap(entry => [entry[groupAttribute] ?? []].flat()).map(String)
  }

  async #bindsAs(driver: Driver, dn: string, password: string): Promise<boolean> {
    return this.#connected(driver, async client => {
      try {
        await client.bind(dn, password)
        return true
      } catch (error) {
        if ((error as { code?: number }).code === invalidCredentials) return false
        throw error
      }
    })
  }

  async #connected<T>(
    driver: Driver,
    use: (client: InstanceType<Driver['Client']>) => Promise<T>,
  ): Promise<T> {
    const { url, startTls, ca } = this.#config
    const tls = ca === undefined ? {} : { ca: [ca] }
    const tlsOptions = url.startsWith('ldaps:') ? { tlsOptions: tls } : {}
    const client = new driver.Client({ url, timeout: patience, connectTimeout: patience, ...tlsOptions })
    try {
      if (startTls) await client.startTLS(tls)
      return await use(client)
    } finally {
      await client.unbind().catch(() => {})
    }
  }
}

async function loadDriver(): Promise<Driver> {
  try {
    return await import('ldapts')
  } catch (cause) {
    const text = 'LDAP needs the package ldapts, and it is not installed. Run: npm install ldapts'
    throw new IsthmusError('CONFIG-DRIVER', text, { cause })
  }
}
