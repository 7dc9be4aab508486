import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SuiteRecord } from '../../src/testing/describe-source.ts'

const metadata = `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
  <Schema Namespace="S" xmlns="http://docs.oasis-open.org/odata/ns/edm">
    <EntityType Name="Row"><Key><PropertyRef Name="n"/></Key>
      <Property Name="n" Type="Edm.Int32" Nullable="false"/><Property Name="text" Type="Edm.String"/></EntityType>
    <EntityContainer Name="C"><EntitySet Name="Rows" EntityType="S.Row"/></EntityContainer>
  </Schema></edmx:DataServices></edmx:Edmx>`

/**
 * A V4 service of ours with one set and delta links, since neither CAP nor fe-mockserver gives any. It tells rows in the
 * order in which they were put. Source: OData Protocol 4.01, 11.3.
 */
export class DeltaServer {
  readonly #page: number
  readonly #server: Server
  #rows: SuiteRecord[] = []
  /** Links of another age are gone. */
  #age = 1

  constructor(page: number) {
    this.#page = page
    this.#server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://service')
      if (pathname.endsWith('/$metadata')) return void response.end(metadata)
      const age = Number(searchParams.get('age') ?? this.#age)
      const body =
        age === this.#age ? this.#answer(searchParams) : { error: { code: '410', message: 'expired' } }
      response.writeHead(age === this.#age ? 200 : 410, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  }

  /** Gives the service root. */
  async up(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/srv`
  }

  async down(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  put(rows: readonly SuiteRecord[]): void {
    this.#rows.push(...rows)
  }

  /** No link that was given is known any more. */
  forget(): void {
    this.#age++
  }

  #answer(query: URLSearchParams): unknown {
    const from = Number(query.get('from') ?? 0)
    const value = this.#rows.slice(from, from + this.#page)
    const link = `Rows?age=${this.#age}&from=${from + value.length}`
    const isLast = from + value.length === this.#rows.length
    return { value, [isLast ? '@odata.deltaLink' : '@odata.nextLink']: link }
  }
}
