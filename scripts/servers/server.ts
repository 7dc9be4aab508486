/** A kind of server that tests and benchmarks want. */
export interface TestServer {
  /** As people call it. */
  readonly name: string
  /** The environment variable with its address; where it is set already, nothing is started. */
  readonly variable: string
  /** Debian packages that are to be installed before it can be started; none if it is there. */
  missingPackages(): readonly string[]
  /** What debconf is told before they are installed, so that no service of theirs is started. */
  readonly preseed?: string
  /** Starts a private one from the programs of this machine; undefined where there are none. */
  start(say: (line: string) => void): Promise<StartedServer | undefined>
  /** The service of test/compose.yaml that stands in for it, if one does, and its address by the published `host:port`. */
  readonly compose?: { readonly service: string; readonly port: number; url(address: string): string }
}

export interface StartedServer {
  readonly url: string
  /** Stops it and deletes its data. */
  stop(): Promise<void>
}

/** One of its own for a test that kills it. */
export interface KillableServer extends StartedServer {
  /** Ends it at once, with all that it serves, as `kill -9` does, and starts it again. */
  killAndRestart(): Promise<void>
}
