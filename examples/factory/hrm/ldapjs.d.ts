/** What is used of ldapjs, which has no types of its own. */
declare module 'ldapjs' {
  import type { Socket } from 'node:net'

  interface Entry {
    readonly dn: string
    readonly attributes: Readonly<Record<string, string>>
  }

  interface BindRequest {
    readonly credentials: string
  }

  interface SearchRequest {
    readonly connection: Socket
    readonly controls: readonly PagedResultsControl[]
    readonly filter: { matches(attributes: Entry['attributes'], strictCase: boolean): boolean }
  }

  interface Response {
    /** Those that are asked for; compared with names in lower case. */
    attributes: readonly string[]
    addControl(control: PagedResultsControl): void
    send(entry: Entry): void
    end(): void
  }

  type Next = (error?: Error) => void

  interface Server {
    bind(dn: string, handler: (request: BindRequest, response: Response, next: Next) => void): void
    search(base: string, handler: (request: SearchRequest, response: Response, next: Next) => void): void
    listen(port: number, host: string, listening: () => void): void
  }

  class PagedResultsControl {
    static readonly OID: string
    readonly type: string
    readonly value: { readonly size: number; readonly cookie: Buffer }
    constructor(options: { value: PagedResultsControl['value'] })
  }

  const ldapjs: {
    createServer(): Server
    readonly BusyError: new (message: string) => Error
    readonly InvalidCredentialsError: new () => Error
    readonly PagedResultsControl: typeof PagedResultsControl
  }

  export type { Entry, Response, SearchRequest }
  export default ldapjs
}
