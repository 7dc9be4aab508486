import { existsSync } from 'node:fs'
import type { TestServer } from './server.ts'

const program = '/usr/bin/xmllint'

/** No server: libxml2's validator, for documents that we write. Its address is that of the program. */
export const xmllint: TestServer = {
  name: 'xmllint',
  variable: 'ISTHMUS_TEST_XMLLINT',
  missingPackages: () => (existsSync(program) ? [] : ['libxml2-utils']),
  async start() {
    return existsSync(program) ? { url: program, stop: async () => {} } : undefined
  },
}
