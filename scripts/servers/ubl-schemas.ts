import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchedJars } from './maven.ts'
import type { TestServer } from './server.ts'

const own = join(dirname(fileURLToPath(import.meta.url)), 'ubl')
const version = '10.2.0'

/** No server: the folder of the jars that hold the XML Schemas of UBL 2.1. */
export const ublSchemas: TestServer = {
  name: 'the XML Schemas of UBL',
  variable: 'ISTHMUS_TEST_UBL_SCHEMAS',
  missingPackages: () =>
    [
      { program: '/usr/bin/mvn', name: 'maven' },
      { program: '/usr/bin/unzip', name: 'unzip' },
    ].flatMap(({ program, name }) => (existsSync(program) ? [] : [name])),
  async start(say) {
    const url = await fetchedJars({ name: 'ubl-schemas', version, pom: join(own, 'pom.xml') }, say)
    return { url, stop: async () => {} }
  },
}
